"""Reading YAML with its line numbers kept, so that every fault can be pointed at.

Nothing is built from the file's own instructions: only the tree of texts, lists and maps is read. A tag of the
file's own, an anchor or an alias, a second document, deep nesting and an over-long file are refused.
"""

import difflib
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec
import yaml

LONGEST = 1_000_000
"""Characters that a policy file may have; the longest of ours has 70,000."""
DEEPEST = 20
"""Levels that lists and maps may be nested in each other; ours use seven. libyaml crashes at about 100,000."""

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # C is ten times as fast and keeps the marks

Report = Callable[[yaml.Node, str], None]
"""Called with the node at fault and a sentence saying what was expected and found."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with a policy file."""

    file: str
    line: int
    """Counted from 1."""
    setting: str = ""
    """The setting it is in; empty where it is in none."""
    says: str
    """What was expected, and what was found."""

    def __str__(self) -> str:
        """The line that a technician reads."""
        where = f"{self.file}, line {self.line}"
        return f"{where}, {self.setting}: {self.says}" if self.setting else f"{where}: {self.says}"


class PolicyFileError(Exception):
    """The policy file cannot be used. `errors` lists everything that is wrong with it, in the order of its lines."""

    def __init__(self, errors: Iterable[Fault]) -> None:
        """Keep the faults in the order of their lines; the message holds one a line."""
        self.errors = tuple(sorted(errors, key=lambda fault: fault.line))
        super().__init__("\n".join(str(fault) for fault in self.errors))


class Page:
    """One file being read: its name, and the faults found so far."""

    def __init__(self, file: str) -> None:
        """Start with no faults."""
        self.file = file
        self.faults: list[Fault] = []

    def report(self, setting: str = "") -> Report:
        """What to call with a fault in the named setting."""

        def note(node: yaml.Node, says: str) -> None:
            self.faults.append(Fault(file=self.file, line=node.start_mark.line + 1, setting=setting, says=says))

        return note

    def close(self) -> None:
        """Raise PolicyFileError when anything was found."""
        if self.faults:
            raise PolicyFileError(self.faults)


class Entry(NamedTuple):
    """One key of a map, and what it holds."""

    key: yaml.Node
    value: yaml.Node


def compose(text: str, file: str) -> yaml.Node:
    """The tree of a YAML text. Raises PolicyFileError at once where the rest could not be read safely."""
    if len(text) > LONGEST:
        raise _stop(file, 1, f"expected at most {LONGEST:,} characters, found {len(text):,}")
    try:
        _look_before_building(text, file)
        tree = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise _stop(file, line, f"expected YAML that can be read; {error.problem or error.context}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _stop(file, line, "expected text without control characters") from error
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise _stop(file, line, "expected text that can be written as UTF-8") from error
    if tree is None:
        raise _stop(file, 1, "expected key, title and settings; the file is empty")
    return tree


def _look_before_building(text: str, file: str) -> None:
    """Walk the stream of events first: building the tree recurses in C, and aliases make small files huge."""
    faults: list[Fault] = []
    depth = 0

    def fault(event: yaml.Event, says: str) -> None:
        faults.append(Fault(file=file, line=event.start_mark.line + 1 if event.start_mark else 0, says=says))

    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                fault(event, f"expected at most {DEEPEST} lists and maps inside each other")
                break
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            fault(event, "expected everything written out; anchors (&) and aliases (*) are not read")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            fault(event, f"expected plain text, lists and maps; the tag {shown(event.tag)} is not read")
    if faults:
        raise PolicyFileError(faults)


def _stop(file: str, line: int, says: str) -> PolicyFileError:
    return PolicyFileError([Fault(file=file, line=line, says=says)])


def entries(node: yaml.Node, report: Report, expected: str = "a map") -> dict[str, Entry]:
    """The keys of a map in their order; a key given twice is reported and its first value kept."""
    if not isinstance(node, yaml.MappingNode):
        report(node, f"expected {expected}, found {found(node)}")
        return {}
    read: dict[str, Entry] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            report(key, f"expected a word as the key, found {found(key)}")
        elif key.value in read:
            first = read[key.value].key.start_mark.line + 1
            report(key, f"expected {shown(key.value)} once; it stands on line {first} already")
        else:
            read[key.value] = Entry(key, value)
    return read


def known(read: dict[str, Entry], allowed: Iterable[str], report: Report, kind: str) -> dict[str, Entry]:
    """The entries whose keys are allowed; each other one is reported, with the nearest name there is."""
    names = tuple(allowed)
    for name, entry in read.items():
        if name not in names:
            report(entry.key, f"{kind} {shown(name)} is unknown; {nearest(name, names)}")
    return {name: entry for name, entry in read.items() if name in names}


def required(node: yaml.Node, read: dict[str, Entry], names: Iterable[str], report: Report) -> None:
    """Report each of `names` that is missing, at the line of `node`."""
    for name in names:
        if name not in read:
            report(node, f"expected {name}, which is missing")


def nearest(name: str, names: tuple[str, ...]) -> str:
    """What was probably meant, or all that there is where nothing is near and the list is short."""
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]}?"
    return f"expected one of {', '.join(names)}" if len(names) <= 12 else "no name is near it"  # noqa: PLR2004 - a screen's width


def text_of(node: yaml.Node, report: Report, expected: str = "text", longest: int = 600) -> str:
    """A text that is not empty; what is wrong is reported and "" returned."""
    if not is_text(node):
        report(node, f"expected {expected}, found {found(node)}{quotes(node)}")
    elif not node.value.strip() or len(node.value) > longest:
        report(node, f"expected {expected} of 1 to {longest} characters, found {len(node.value)}")
    else:
        return str(node.value)
    return ""


def is_text(node: yaml.Node) -> bool:
    """Whether YAML reads the node as text, as opposed to a number, yes or no, a date or nothing."""
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str"


def is_null(node: yaml.Node) -> bool:
    """Whether the node is YAML's null: the document is silent."""
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def quotes(node: yaml.Node) -> str:
    """A hint where a text was written so that YAML reads it as something else."""
    kinds = ("int", "float", "bool", "timestamp")
    loose = isinstance(node, yaml.ScalarNode) and node.tag.rpartition(":")[2] in kinds
    return " (write it in quotes)" if loose else ""


def found(node: yaml.Node) -> str:
    """What a node is, in words and cut short."""
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if isinstance(node, yaml.MappingNode):
        return "a map"
    if is_null(node):
        return "nothing"
    kinds = {"int": "the number", "float": "the number", "bool": "yes or no as", "timestamp": "the date"}
    kind = kinds.get(node.tag.rpartition(":")[2], "")
    return f"{kind} {shown(node.value)}".strip()


def shown(text: str, longest: int = 40) -> str:
    """A text from the file in quotes, cut short, with anything unprintable escaped."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short) + '"'
