// The calls to school that the school's policy asks for: which one is wanted now, worked out from the same facts as the
// next thing, and with no network. The rules are those of domain/trip/rules/overdue.py.
import { hm } from "./clock.js";
import { dialled } from "./telephone.js";
import { isOut } from "./trip_steps.js";

const SOON = 10 * 60_000;
const ON_LEAVING = ["left_property", "after_visit"];

// {says, label, fields} of the call that is wanted now, or null. `state` is fold's.
export function callWanted(trip, state, now) {
  if (!trip.calls || !isOut(trip, state)) return null; // a page kept from an older release knows of no calls
  return onLeaving(trip, state) ?? beforeEntry(trip, state) ?? atAgreedTime(trip, state, now);
}

function onLeaving(trip, state) {
  const when = ON_LEAVING.find((one) => trip.calls.includes(one));
  if (!when) return null;
  const left = trip.doors.find((door) => {
    const { events } = state.doors.get(door.visit);
    const ended = events.has("leave-property") || (events.has("arrive") && (events.has("cancel-visit") || events.has("cancel-for-safety")));
    return ended && !called(trip, state, door, ON_LEAVING);
  });
  return left ? wanted(trip, left, when, `Ring school: you have left ${left.street}`) : null;
}

function beforeEntry(trip, state) {
  if (!trip.calls.includes("before_entry")) return null;
  const at = trip.doors.find((door) => {
    const { events } = state.doors.get(door.visit);
    const gone = ["leave-property", "cancel-visit", "cancel-for-safety"].some((one) => events.has(one));
    return events.has("arrive") && !gone && !called(trip, state, door, null);
  });
  return at ? wanted(trip, at, "before_entry", `Ring school before you go in at ${at.street}`) : null;
}

function atAgreedTime(trip, state, now) {
  const at = trip.calls.includes("agreed_time") && trip.agreed_call_at ? Date.parse(trip.agreed_call_at) : null;
  if (at === null || now < at - SOON || agreedCallMade(state)) return null;
  return { says: `Ring school at ${hm(at)}: is the visit over?`, ...agreedCall(trip) };
}

function agreedCallMade(state) {
  return state.calls.some((call) => call.when === "agreed_time" || call.when === "after_visit");
}

// The tap that says that the agreed call was made; null where none is agreed, or it was.
export function agreedCall(trip, state = { calls: [] }) {
  if (!trip.calls?.includes("agreed_time") || !trip.agreed_call_at || agreedCallMade(state)) return null;
  return {
    label: `Rang school: the call agreed for ${hm(Date.parse(trip.agreed_call_at))}`,
    command: "check-in",
    fields: { trip: trip.trip, when: "agreed_time" },
  };
}

function called(trip, state, door, kinds) {
  return state.calls.some(
    (call) => (!kinds || kinds.includes(call.when)) && (call.visit === door.visit || (!call.visit && trip.doors.length === 1)),
  );
}

function wanted(trip, door, when, says) {
  return { says, label: `Rang school: ${door.street}`, fields: { trip: trip.trip, visit: door.visit, when } };
}

// The parts of the page's section: whom to ring, and the one tap that says so.
export function callParts(trip, call, tap) {
  const heading = document.createElement("h2");
  heading.className = "govuk-heading-s";
  heading.textContent = call.says;
  const ring = document.createElement("a");
  ring.className = "govuk-button";
  ring.setAttribute("role", "button");
  ring.href = `tel:${dialled(trip.office_phone)}`;
  ring.textContent = `Ring ${trip.office_phone}`;
  const done = document.createElement("button");
  done.type = "button";
  done.className = "govuk-button govuk-button--secondary";
  done.textContent = "We rang school";
  done.addEventListener("click", () => tap({ label: call.label, command: "check-in", fields: call.fields }));
  const row = document.createElement("div");
  row.className = "ds-row";
  row.append(ring, done);
  return [heading, row];
}
