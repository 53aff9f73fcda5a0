"""The school itself: who I am, its people, pupils to pick from, its policy, and whether all is up to date."""

from typing import Annotated, Final

from fastapi import Query, Request
from fastapi.responses import Response

from api.http import shapes
from api.http.asking import AtLeast, as_json, ask, documented, new_router
from api.identity import Acquainted, runtime_of
from api.pages.menu import Area, may_see
from api.permitted import by_program
from api.runtime import Beat
from commands.policy_words import describe
from domain.permissions import Question
from domain.pupil.state import Pupil
from domain.refusal import Unknown
from domain.school.commands import DecideAmendment
from projections import policy_calendar
from projections.policy_calendar import PolicyCalendar
from projections.staff_standing import Standing, who_may_go
from projections.views import View

_MOST_PUPILS: Final = 100

router = new_router()


@router.get("/heartbeat", summary="Is what I see up to date?", **documented(Beat))
def heartbeat(request: Request, me: Annotated[Acquainted, by_program(Question.HEARTBEAT)]) -> Response:
    """The log's head, how far the projections have come, and when the overdue watch last looked."""
    return as_json(runtime_of(request).beat(me.slug))


@router.get("/me", summary="Who am I?", **documented(shapes.WhoIAm))
def who_i_am(me: Annotated[Acquainted, by_program(Question.ME)]) -> Response:
    """The person that this call is made as, with roles and what they may see."""
    sees = tuple(area.value for area in Area if may_see(me, area))
    roles = tuple(role.value for role in me.person.roles_at(me.now))
    return as_json(shapes.WhoIAm(id=me.id, name=me.person.name, roles=roles, sees=sees))


@router.get("/people", summary="Who is at this school?", **documented(tuple[shapes.OnStaff, ...]))
def people(me: Annotated[Acquainted, by_program(Question.PEOPLE)]) -> Response:
    """Staff and agency professionals with their roles and mobiles, by name."""
    everybody = sorted(me.directory.staff, key=lambda p: (p.name.casefold(), str(p.id)))
    return as_json(
        tuple(
            shapes.OnStaff(
                id=p.id,
                name=p.name,
                roles=tuple(role.value for role in p.roles_at(me.now)),
                job=p.job,
                kind=p.kind,
                mobile=p.mobile,
                here=p.here,
            )
            for p in everybody
        )
    )


@router.get("/standing", summary="Who may go on a visit today, and why not?", **documented(tuple[Standing, ...]))
def staff_standing(me: Annotated[Acquainted, by_program(Question.STANDING)]) -> Response:
    """Training and checks of everybody who could go, by name: what is missing, and what lapses soon. Else one's own."""
    everybody = me.may_any(Question.STANDING)
    found = who_may_go(me.directory, me.now)
    return as_json(tuple(one for one in found if everybody or one.person.id == me.id))


@router.get("/pupils", summary="Which pupils are there to pick from?", **documented(shapes.Picker))
def pupils(
    me: Annotated[Acquainted, by_program(Question.PUPIL_PICKER)], q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Pupils whose name, class or street holds every word of `q`: with year, class, date of birth and street."""
    words = q.casefold().split()
    found = sorted(
        (p for p in me.directory.pupils.values() if all(word in _searchable(p) for word in words)),
        key=lambda p: (p.family_name.casefold(), p.given_name.casefold(), str(p.id)),
    )
    shown = tuple(_pickable(pupil) for pupil in found[:_MOST_PUPILS])
    return as_json(shapes.Picker(pupils=shown, more=len(found) - len(shown)))


@router.get("/policy", summary="Which policy is in force?", **documented(shapes.PolicyInForce))
def policy(me: Annotated[Acquainted, by_program(Question.POLICY)]) -> Response:
    """Every setting of the school's policy in words, its value, and where it comes from."""
    try:
        found = me.directory.policy_at(me.now)
    except LookupError:
        raise Unknown("policy") from None
    return as_json(
        shapes.PolicyInForce(
            title=found.title,
            version=found.version,
            effective_from=found.effective_from,
            settings=tuple(describe(found)),
        )
    )


@router.get("/policy/calendar", summary="When is the policy reviewed?", **documented(PolicyCalendar))
async def calendar(
    request: Request, me: Annotated[Acquainted, by_program(Question.POLICY_CALENDAR)], at_least: AtLeast = 0
) -> Response:
    """Its reviews, what governors signed, who was told of which version, and what waits for its keeper; blocks nothing."""

    def question(view: View) -> PolicyCalendar:
        return policy_calendar.policy_calendar(view, me.directory, me.now, answers=me.may(DecideAmendment))

    return await ask(request, me, question, policy_calendar.NAME, at_least=at_least)


def _searchable(pupil: Pupil) -> str:
    return f"{pupil.name} {pupil.year_group} {pupil.class_name} {pupil.street}".casefold()


def _pickable(pupil: Pupil) -> shapes.Pickable:
    return shapes.Pickable(
        id=pupil.id,
        name=pupil.name,
        year_group=pupil.year_group,
        class_name=pupil.class_name,
        born=pupil.born,
        street=pupil.street,
        on_roll=pupil.on_roll,
    )
