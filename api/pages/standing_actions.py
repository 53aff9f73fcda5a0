"""The forms that put training, checks, an employer's word, a car and designation on record, each one command."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from api.pages.parts import Action, FieldError, Input
from api.pages.templating import short_day
from api.pages.wording_staff import COVER
from api.pages.words import sentence
from domain.policy import Policy
from domain.refusal import Requirement
from domain.staff.on_record import Vehicle
from domain.staff.rules import training, vehicle, vetting
from domain.staff.rules.designated import wants_designated
from domain.staff.state import Person
from domain.staff.words import said

_UNTIL: Final = Input(
    name="valid_until", label="Counts until", kind="date", hint="The last day. Leave it empty where it does not lapse"
)
_COVER: Final = (("", "Not known"), *((cover.value, sentence(words).rstrip(".")) for cover, words in COVER.items()))
_YES_NO: Final = (("no", "Not said"), ("yes", "Yes"))


def _options(codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((code, sentence(said(code)).rstrip(".")) for code in dict.fromkeys(codes))


def courses_of(policy: Policy) -> tuple[str, ...]:
    """Every course that the policy speaks of."""
    rule = policy.value(training.SETTING)
    return tuple(dict.fromkeys((*rule.get("all", ()), *rule.get("attendance_officer", ()))))


def record_training(policy: Policy, person: Person, today: date, missing: Sequence[str] = ()) -> Action:
    """Courses that one person finished; those that are missing are ticked."""
    return Action(
        label="Put training on record",
        command="record-training",
        fields={"staff": (str(person.id),), "says": f"Training on record: {person.name}"},
        confirm=f"Which courses did {person.name} finish, and when?",
        inputs=(
            Input(
                name="courses",
                label="Courses",
                kind="checkboxes",
                options=_options(courses_of(policy)),
                chosen=tuple(missing),
            ),
            Input(name="done_on", label="Finished on", kind="date", value=today.isoformat(), required=True),
            _UNTIL,
            Input(name="organiser", label="Given by (may stay empty)"),
        ),
        button="Keep this training",
    )


def training_day(policy: Policy, people: Sequence[Person], today: date) -> Action:
    """The same for several people at once."""
    return Action(
        label="A training day: several people at once",
        command="record-training",
        fields={"says": "Training on record"},
        confirm="Who finished which courses on this day?",
        inputs=(
            Input(name="staff", label="Who", kind="checkboxes", options=tuple((str(p.id), p.name) for p in people)),
            Input(name="courses", label="Courses", kind="checkboxes", options=_options(courses_of(policy))),
            Input(name="done_on", label="Finished on", kind="date", value=today.isoformat(), required=True),
            _UNTIL,
            Input(name="organiser", label="Given by (may stay empty)"),
        ),
        button="Keep this training",
    )


def record_checks(policy: Policy, person: Person) -> Action:
    """Vetting checks; of somebody from an agency the employer's word."""
    checks = Input(
        name="checks",
        label="Checks",
        kind="checkboxes",
        options=_options(policy.value(vetting.SETTING)),
        chosen=tuple(policy.value(vetting.SETTING)),
    )
    if person.kind == vetting.AGENCY:
        return Action(
            label="Keep the employer's word",
            command="record-attestation",
            fields={"staff": str(person.id), "says": f"Employer's word on record: {person.name}"},
            confirm=f"What does the employer say of {person.name}?",
            inputs=(
                Input(name="employer", label="Employer", value=person.employer),
                Input(name="attested_by", label="Who there gave their word", required=True),
                Input(name="attested_on", label="On", kind="date", required=True),
                checks,
                _UNTIL,
            ),
            button="Keep their word",
        )
    return Action(
        label="Put a check on record",
        command="record-checks",
        fields={"staff": (str(person.id),), "says": f"Check on record: {person.name}"},
        confirm=f"Which checks were made of {person.name}, and when?",
        inputs=(checks, Input(name="made_on", label="Made on", kind="date", required=True), _UNTIL),
        button="Keep this check",
    )


def admit_from_agency(policy: Policy) -> Action:
    """Somebody from an agency who comes along, with the employer's word."""
    return Action(
        label="Somebody from an agency comes along",
        command="admit-agency-professional",
        fields={"says": "Added, with the employer's word"},
        confirm="Who comes along, and what does their employer say of them?",
        inputs=(
            Input(name="name", label="Name", required=True),
            Input(name="job", label="Job"),
            Input(name="mobile", label="Mobile number", kind="tel"),
            Input(name="employer", label="Employer", required=True),
            Input(name="attested_by", label="Who there gave their word", required=True),
            Input(name="attested_on", label="On", kind="date", required=True),
            Input(name="checks", label="Checks", kind="checkboxes", options=_options(policy.value(vetting.SETTING))),
            _UNTIL,
        ),
        button="Add them",
    )


def record_vehicle(policy: Policy, person: Person, held: Vehicle | None = None) -> Action:
    """A car, or what has changed about it."""
    details = vehicle.wants_details(policy)
    car = held or Vehicle(registration="")
    return Action(
        label=f"Change {car.registration}" if held else "Put a car on record",
        command="record-vehicle",
        fields={"staff": str(person.id), "says": f"Car on record: {person.name}"},
        confirm=f"The car that {person.name} uses for visits",
        inputs=(
            Input(name="registration", label="Registration", value=car.registration, required=True),
            Input(name="make", label="Make", value=car.make, required=details),
            Input(name="model", label="Model", value=car.model, required=details),
            Input(name="colour", label="Colour", value=car.colour, required=details),
            Input(
                name="insurance",
                label="Insured for",
                options=_COVER,
                value=car.insurance.value if car.insurance else "",
            ),
            Input(
                name="insured_until",
                label="Insured until",
                kind="date",
                value=car.insured_until.isoformat() if car.insured_until else "",
            ),
            Input(
                name="maintained",
                label="Serviced and roadworthy?",
                options=_YES_NO,
                value="yes" if car.maintained else "no",
            ),
        ),
        button="Keep this car",
    )


def give_up_vehicle(person: Person, held: Vehicle) -> Action:
    """A car that is not used any more."""
    return Action(
        label=f"Take {held.registration} off the record",
        command="give-up-vehicle",
        fields={
            "staff": str(person.id),
            "registration": held.registration,
            "says": f"{held.registration} is off the record",
        },
        confirm=f"{person.name} does not use {held.registration} for visits any more?",
        button="Take it off",
    )


def take_off(person: Person) -> Iterable[Action]:
    """What was put on record by mistake."""
    held = (
        *((one.event, f"{said(one.course)}, {short_day(one.done_on)}") for one in person.record.training),
        *((one.event, f"{said(one.check)}, {short_day(one.made_on)}") for one in person.record.checks),
    )
    options = tuple((str(event), sentence(words).rstrip(".")) for event, words in reversed(held) if event is not None)
    if options:
        yield Action(
            label="Something was put on record by mistake",
            command="correct-event",
            fields={"retracts": "yes", "says": f"Taken off the record of {person.name}; both entries stay in the log"},
            confirm=f"What was put on record of {person.name} by mistake?",
            inputs=(
                Input(name="event", label="Which", options=options),
                Input(name="reason", label="What was wrong", required=True),
            ),
            button="Take it off",
        )


def designation(policy: Policy, person: Person, today: date) -> Iterable[Action]:
    """Name a designated visitor, or end it: where the policy knows such visitors."""
    if not wants_designated(policy) or person.kind == vetting.AGENCY:
        return
    if person.record.designated_on(today):
        yield Action(
            label="Designated visitor no longer",
            command="end-designation",
            fields={"staff": str(person.id), "says": f"{person.name} is a designated visitor no longer"},
            confirm=f"From now on {person.name} is no designated visitor?",
            button="End it",
        )
        return
    yield Action(
        label="Name a designated visitor",
        command="name-designated-visitor",
        fields={"staff": str(person.id), "says": f"{person.name} is a designated visitor"},
        confirm=f"{person.name} goes on visits as a designated visitor?",
        inputs=(Input(name="until", label="Until (may stay empty)", kind="date"),),
        button=f"Name {person.name}",
    )


def is_of_the_record(need: Requirement) -> bool:
    """Whether it is somebody's record that keeps them from going, or that staff were not told of the policy."""
    return need.code.partition(".")[0] in ("training", "vetting", "policy")


def may_not_go(need: Requirement) -> FieldError:
    """The same beside the field in which people are ticked: with the clauses, and who sees to it."""
    cited = f" ({', '.join(need.clauses)})" if need.clauses else ""
    who = f". Who sees to it: {', or '.join(need.who)}" if need.who else ""
    return FieldError(field="people", says=f"{need.says}{cited}{who}")
