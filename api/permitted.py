"""What a route asks, said where the route is declared: `me: Annotated[Acquainted, by_page(Question.BOARD)]`.

Who may ask stands in one table, `domain.permissions`. Whoever may not is turned away here, before the route runs. Of a
single record that is said where it is opened (`api.records`), because the refusal is kept on it.
"""

from typing import Any

from fastapi import Depends, Request

from accounts.errors import WhoIsAtTheDeskError
from api.identity import Acquainted
from api.pages.words import roles_in_words
from api.who_asks import caller_of, everywhere, person_of
from domain.permissions import NOT_BY_A_TOKEN, QUESTIONS, REFUSED_ON_THE_RECORD, Question, words_of
from domain.refusal import NotPermitted


class Permitted:
    """A dependency: who asks, if the table lets them ask this."""

    def __init__(self, question: Question, *, page: bool) -> None:
        """`page`: asked by somebody in a browser, who is led to where one signs in; else by a program."""
        self.question = question
        self._page = page

    def __call__(self, request: Request, school: str) -> Acquainted:
        """Raises as `api.who_asks.person_of`; NotPermitted, naming who may ask. Blocks: FastAPI runs it in a thread."""
        me = person_of(request, school) if self._page else caller_of(request, school)
        # What the answer shows, and that somebody is turned away, is kept by what is asked (`api.on_record`).
        request.state.me, request.state.question, request.state.params = me, self.question, dict(request.path_params)
        if me.nobody_yet and not me.shut_here(self.question) and not me.may(self.question):
            raise WhoIsAtTheDeskError
        if self.question not in REFUSED_ON_THE_RECORD or me.shut_here(self.question):
            refuse_unless_may(me, self.question)
        return me


class PermittedAcross:
    """A dependency of a page over several schools: whoever signed in, at each school where the table lets them ask this."""

    def __init__(self, question: Question) -> None:
        """What is asked."""
        self.question = question

    def __call__(self, request: Request) -> tuple[Acquainted, ...]:
        """Raises as `api.who_asks.person_of`; NotPermitted where it is no school. Blocks: FastAPI runs it in a thread."""
        found = tuple(me for me in everywhere(request) if me.may(self.question))
        if not found:
            message = (
                f"“{QUESTIONS[self.question].title}” is for {roles_in_words(words_of(QUESTIONS[self.question].may))}"
            )
            raise NotPermitted(message)
        return found


def by_page(question: Question) -> Any:
    """For a page's route."""
    return Depends(Permitted(question, page=True))


def by_program(question: Question) -> Any:
    """For a route of the API."""
    return Depends(Permitted(question, page=False))


def refuse_unless_may(me: Acquainted, question: Question) -> None:
    """Raises NotPermitted, naming who may ask, unless the table lets this person."""
    if me.only is not None and question in NOT_BY_A_TOKEN:
        message = f"“{QUESTIONS[question].title}” is opened by people, signed in themselves, and by no token"
        raise NotPermitted(message)
    if not me.token_allows(question):
        message = f"This token does not name “{question.value}”: make one that does"
        raise NotPermitted(message)
    if me.shut_here(question):
        message = (
            f"“{QUESTIONS[question].title}” is not opened at a front desk: sign in by yourself, on a device of your own"
        )
        raise NotPermitted(message)
    if not me.may(question):
        message = f"“{QUESTIONS[question].title}” is for {roles_in_words(me.words_of(question))}"
        raise NotPermitted(message)
