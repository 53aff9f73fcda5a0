"""The words of what happened on a trip."""

from typing import assert_never

from api.pages.wording_names import EventWords, Names
from api.pages.words import (
    ALARMS,
    CALLS,
    CHECK_INS,
    CONTACT_RESULTS,
    HOW_RESOLVED,
    STEPS,
    listed,
    role_in_words,
    sentence,
)
from domain.trip import events as e

_MINUTE = 60


def trip_words(event: e.TripEvent, names: Names) -> EventWords:  # noqa: C901, PLR0911, PLR0912 - one arm an event
    """A trip's event in school words."""
    match event:
        case e.TripPlanned() | e.VisitAddedToTrip() | e.TeamNamed() | e.WatcherNamed() | e.WhereaboutsLodged():
            return _planned(event, names)
        case e.TravelPlanned():
            whose = f", in {names.person(event.driver)}'s car" if event.driver else ""
            return EventWords(title="Travel planned", body=f"They go {event.travel}{whose}.")
        case e.TravelAgreed():
            return EventWords(title="Travel agreed", body=f"{names.author} agreed that they go {event.way}.")
        case e.ChecksConfirmed():
            not_so = [point.replace("_", " ") for point in event.exceptions]
            body = f"Not as the list says: {listed(not_so)}." if not_so else "All is as the school's list says."
            return EventWords(title="List before leaving", body=body, note=" · ".join(event.exceptions.values()))
        case e.TripCleared():
            reasons = " · ".join(f"{text}" for text in event.reasons.values())
            given = " A reason was given for what the policy says should be." if event.reasons else ""
            body = f"OK to go: {names.people(event.people)}.{given}"
            return EventWords(title="OK to go", body=body, note=reasons)
        case e.ClearanceVoided():
            return EventWords(title="No longer OK to go", body=f"Because {event.why}.")
        case e.TripCalledOff():
            return EventWords(title="Trip called off", body="Before anybody left.", note=event.why)
        case e.StaffDeparted():
            body = f"{names.person(event.person)} left school."
            return EventWords(title="Left school", body=body, note=event.note, tag="out")
        case e.StaffReturned():
            body = f"{names.person(event.person)} is back at school."
            return EventWords(title="Back at school", body=body, note=event.note)
        case e.PersonSafeByVoice():
            body = f"{names.person(event.person)} said by voice that they are safe and going straight home."
            return EventWords(title="Safe, going straight home", body=body, note=event.note)
        case e.BackByConfirmed():
            body = f"{names.author} said that {names.when(event.back_by)} still holds."
            return EventWords(title="Back-by time still holds", body=body)
        case e.BackByMoved():
            was = f", it was {names.when(event.was)}" if event.was else ""
            body = f"Back by {names.when(event.back_by)}{was}."
            return EventWords(title="Back-by time moved", body=body, note=event.why)
        case e.CheckInMade():
            body = f"{names.author} rang school {CHECK_INS[event.when]}{names.at_door(event.visit)}."
            return EventWords(title="Rang school", body=body, note=event.note)
        case e.StandDownCalled():
            body = "The visit is no longer needed while they are out: somebody must reach them."
            return EventWords(title="Stand down", body=body, note=event.why, tag="amber")
        case e.PhoneShutOut():
            body = f"{names.person(event.person)}'s phone can no longer report on this trip without signing in."
            return EventWords(title="Phone shut out", body=body, note=event.why)
        case e.DangerReported():
            body = f"{names.author} reported danger{names.at_door(event.visit)}."
            return EventWords(title="Danger reported", body=body, note=event.text, tag="danger")
        case e.DangerOver():
            body = f"{names.author} said that the danger is over."
            return EventWords(title="Danger over", body=body, note=event.text)
        case e.EmergencyServicesCalled():
            service = f" ({event.service})" if event.service else ""
            body = f"999 was called{service}{names.at_door(event.visit)}."
            return EventWords(title="999 called", body=body, note=event.text, tag="danger")
        case e.FactCameLoose():
            body = (
                f"“{event.about.replace('-', ' ')}” came with no trip that the school knows; it was kept all the same."
            )
            return EventWords(title="Kept without a planned trip", body=body, tag="needs_reading")
        case e.OverdueRaised() | e.AlarmTaken() | e.ContactAttempted() | e.SeniorStaffInformed() | e.OverdueResolved():
            return _alarm(event, names)
        case _:
            assert_never(event)


_Planned = e.TripPlanned | e.VisitAddedToTrip | e.TeamNamed | e.WatcherNamed | e.WhereaboutsLodged


def _planned(event: _Planned, names: Names) -> EventWords:
    match event:
        case e.TripPlanned():
            doors = "1 visit" if len(event.visits) == 1 else f"{len(event.visits)} visits"
            times = f"leave at {names.when(event.leave_at)}, back by {names.when(event.back_by)}"
            travel = f" Travel: {event.travel.replace('_', ' ')}." if event.travel else ""
            return EventWords(title="Trip planned", body=f"{sentence(f'{doors}, {times}')}{travel}")
        case e.VisitAddedToTrip():
            return EventWords(title="Visit added to the trip", body=f"One more door{names.at_door(event.visit)}.")
        case e.TeamNamed():
            alone = " One person goes alone, for a reason." if event.lone_reason else ""
            body = f"{names.people(event.people)}.{alone}"
            return EventWords(title="Who's going", body=sentence(body), note=event.lone_reason)
        case e.WatcherNamed():
            deputy = f", with {names.person(event.deputy)} as deputy" if event.deputy else ""
            tested = " Their mobiles were tried." if event.tested else ""
            body = f"{names.person(event.watcher)} stays behind and watches{deputy}.{tested}"
            return EventWords(title="Watcher named", body=sentence(body))
        case e.WhereaboutsLodged():
            told = f": {names.person(event.told)} knows" if event.told else ""
            call = f" They ring at {names.when(event.agreed_call_at)}." if event.agreed_call_at else ""
            body = f"Destination and back-by time left with {role_in_words(event.holder)}{told}.{call}"
            holder = "the office" if event.holder in ("school_office", "front_office", "reception") else ""
            return EventWords(title=f"Left with {holder or role_in_words(event.holder)}", body=body)
        case _:
            assert_never(event)


_Alarm = e.OverdueRaised | e.AlarmTaken | e.ContactAttempted | e.SeniorStaffInformed | e.OverdueResolved


def _alarm(event: _Alarm, names: Names) -> EventWords:
    match event:
        case e.OverdueRaised():
            later = int((event.found_at - event.due_at).total_seconds()) >= _MINUTE
            found = f" Found at {names.when(event.found_at)}." if later else ""
            body = (
                f"{sentence(ALARMS[event.about])} Due at {names.when(event.due_at)}{names.at_door(event.visit)}.{found}"
            )
            return EventWords(title="Call not made" if event.about in CALLS else "Overdue", body=body, tag="overdue")
        case e.AlarmTaken():
            return EventWords(title="“I'm dealing with it”", body=f"{names.person(event.person)} took the alarm.")
        case e.ContactAttempted():
            whom = f" about {names.person(event.person)}" if event.person else ""
            step = STEPS.get(event.step, event.step.replace("_", " "))
            tried = f" ({step})" if step else ""
            body = f"{names.author} rang{whom}{tried}: {CONTACT_RESULTS[event.result]}."
            return EventWords(title="Tried to reach them", body=body, note=event.note)
        case e.SeniorStaffInformed():
            told = names.person(event.told) if event.told else "Senior staff"
            return EventWords(title="Senior staff told", body=f"{sentence(f'{told} was told')}", note=event.note)
        case e.OverdueResolved():
            return _resolved(event, names)
        case _:
            assert_never(event)


def _resolved(event: e.OverdueResolved, names: Names) -> EventWords:
    """Why the alarm ended. How late it was is said of what it was about: the return, or a call."""
    minutes = event.late_seconds // _MINUTE
    how = HOW_RESOLVED.get(event.how, event.how)
    call = CALLS.get(event.about)
    if call is None:
        late = f", {minutes} min late" if minutes else ""
        return EventWords(title="No longer overdue", body=sentence(f"{how}{late}"))
    call = f"{call}{names.at_door(event.visit)}"
    if event.how == "call_made":
        late = f", {minutes} min late" if minutes else ""
        return EventWords(title="Call settled", body=sentence(f"{call} was made{late}"))
    after = f" {minutes} min after it was due" if minutes else ""
    return EventWords(title="Call settled", body=sentence(f"{call} was settled{after}: {how}"))
