// Where a trip stands and what comes next, worked out on the phone from what the school has recorded and what was
// tapped here since. No network, no clock, no page: state = fold(facts), next = nextThing(trip, state).

// facts: [{command, fields, at, command_id, recorded}], in order; what was undone is left out. `recorded` marks those
// that the school's page told, whose effect on the back-by time it has told as well.
export function fold(trip, facts) {
  const undone = new Set(facts.filter((fact) => fact.command === "undo").map((fact) => fact.fields.command));
  const state = {
    left: new Set(),
    back: new Set(),
    backBy: trip.back_by ? Date.parse(trip.back_by) : null,
    keptFor: null, // the back-by time that somebody has confirmed
    danger: null,
    calls: [], // to school, as {visit, when}
    doors: new Map(trip.doors.map((door) => [door.visit, { outcomes: {}, events: new Set() }])),
  };
  for (const fact of facts) if (!undone.has(fact.command_id)) evolve(trip, state, fact);
  return state;
}

function evolve(trip, state, { command, fields, at, recorded }) {
  const door = state.doors.get(fields.visit);
  const everybody = trip.people.map((person) => person.id);
  switch (command) {
    case "depart":
      for (const id of fields.people ?? everybody) state.left.add(id);
      break;
    case "return-to-school":
    case "safe-by-voice":
      for (const id of fields.people ?? everybody) state.back.add(id);
      break;
    case "keep-back-by":
      state.keptFor = state.backBy;
      break;
    case "move-back-by":
      if (!recorded && fields.back_by) state.backBy = Date.parse(fields.back_by);
      else if (!recorded && state.backBy && fields.minutes) state.backBy += fields.minutes * 60_000;
      state.keptFor = null;
      break;
    case "check-in":
      state.calls.push({ visit: fields.visit, when: fields.when });
      break;
    case "report-danger":
      state.danger = at;
      break;
    case "danger-over":
      state.danger = null;
      break;
    case "record-outcome":
      if (door) {
        const pupils = trip.doors.find((one) => one.visit === fields.visit).pupils;
        for (const id of fields.pupil ? [fields.pupil] : pupils.map((one) => one.id)) door.outcomes[id] = fields.outcome;
      }
      break;
    default:
      door?.events.add(command);
      if (door && command === "no-answer") door.noAnswerAt = at;
      if (door && command === "child-alone") door.events.add("child-was-alone");
      if (door && command === "child-not-alone") door.events.delete("child-alone");
  }
}

export function isOver(trip, state) {
  return trip.people.length > 0 && trip.people.every((person) => state.back.has(person.id));
}

export function isOut(trip, state) {
  return state.left.size > 0 && !isOver(trip, state);
}

// The door in hand: the first that nobody has left yet.
export function currentDoor(trip, state) {
  return (
    trip.doors.find(({ visit, refused }) => {
      const { events } = state.doors.get(visit);
      if (refused && !events.has("arrive")) return false;
      const calledOff = events.has("cancel-for-safety") || events.has("cancel-visit");
      return !events.has("leave-property") && !(calledOff && !events.has("arrive"));
    }) ?? null
  );
}

export function childAlone(trip, state) {
  return trip.doors.find(({ visit }) => state.doors.get(visit).events.has("child-alone")) ?? null;
}

// {says, large: [choice], small: [choice]}; a choice is {label, command, fields, ask?} where `ask` names a sheet.
export function nextThing(trip, state) {
  const everybody = { trip: trip.trip, people: trip.people.map((person) => person.id) };
  const onlyMe = { trip: trip.trip, people: [trip.me.id] };
  const names = inWords(trip.people.map((person) => person.name));
  const several = trip.people.length > 1;
  if (isOver(trip, state)) return afterwards(trip, state);
  if (state.left.size === 0) {
    const left = { label: `${names} ${several ? "have" : "has"} left school`, command: "depart", fields: everybody };
    const alone = several ? [{ label: `Only ${trip.me.name} has left`, command: "depart", fields: onlyMe }] : [];
    // Before OK to go leaving can be said, and is not what the page asks for.
    if (trip.waits_for_ok) return { says: trip.waits_for_ok, large: [], small: [left, ...alone] };
    return { says: "Leaving school?", large: [left], small: alone };
  }
  const door = currentDoor(trip, state);
  if (door === null) {
    return {
      says: "Back at school?",
      large: [{ label: `${names} ${several ? "are" : "is"} back at school`, command: "return-to-school", fields: everybody }],
      small: several ? [{ label: `Only ${trip.me.name} is back`, command: "return-to-school", fields: onlyMe }] : [],
    };
  }
  return atDoor(trip, state, door);
}

// Everybody is back: only what nobody has said yet is asked for.
function afterwards(trip, state) {
  const unsaid = notSaid(trip, state);
  if (unsaid.length === 0) return { says: "Everybody is back. Thank you.", large: [], small: [] };
  const names = unsaid.map(({ pupil }) => pupil.name);
  const choices = unsaid.flatMap(({ door, pupil }) => [
    { label: `Seen and spoken to: ${pupil.name}`, command: "record-outcome", fields: { visit: door.visit, pupil: pupil.id, outcome: "seen_and_spoken_to" } },
    { label: `Something else: ${pupil.name}`, ask: "record-outcome", fields: { visit: door.visit, pupil: pupil.id }, street: door.street },
  ]);
  const were = names.length === 1 ? "was" : "were";
  return { says: `Everybody is back. Nobody has said yet: ${were} ${inWords(names)} seen?`, large: [], small: choices };
}

// The children of whom nobody has said whether they were seen, and nothing else tells. As VisitState.not_said.
export function notSaid(trip, state) {
  return trip.doors.flatMap((door) => {
    const { events, outcomes } = state.doors.get(door.visit);
    const known =
      ["cancel-visit", "cancel-for-safety"].some((one) => events.has(one)) || (door.refused && !events.has("arrive"));
    const nobodyThere = events.has("no-answer") && !events.has("enter-home") && !events.has("child-was-alone");
    return known || nobodyThere ? [] : door.pupils.filter((pupil) => !(pupil.id in outcomes)).map((pupil) => ({ door, pupil }));
  });
}

function atDoor(trip, state, door) {
  const { events, outcomes } = state.doors.get(door.visit);
  const visit = { visit: door.visit };
  if (!events.has("arrive")) {
    const arrive = { label: `Arrived at ${door.street}`, command: "arrive", fields: { ...visit, trip: trip.trip } };
    return { says: `Next door: ${door.street}`, large: [arrive], small: [] };
  }
  const unseen = door.pupils.filter((pupil) => !(pupil.id in outcomes));
  const seen = unseen.map((pupil) => ({
    label: `Seen and spoken to: ${pupil.name}`,
    command: "record-outcome",
    fields: { ...visit, pupil: pupil.id, outcome: "seen_and_spoken_to" },
  }));
  const inside = { label: "Going inside", ask: "enter-home", fields: visit, street: door.street };
  if (events.has("child-alone")) {
    const safe = { label: "An adult is here now, or the child is in safe hands", command: "child-not-alone", fields: visit };
    return { says: `Stay outside ${door.street}. Ring the DSL.`, large: [], small: [safe, ...seen] };
  }
  const happened =
    Object.keys(outcomes).length > 0 ||
    ["no-answer", "enter-home", "cancel-for-safety", "cancel-visit"].some((command) => events.has(command));
  if (!happened) {
    const none = { label: `No answer at ${door.street}`, command: "no-answer", fields: visit };
    return { says: `At ${door.street}: what happened?`, large: [...seen, none, inside], small: [] };
  }
  const unsaid = notSaid(trip, state).filter((one) => one.door.visit === door.visit);
  const went = events.has("enter-home") ? "Left the house" : "Leaving";
  const leave = { label: `${went}: ${door.street}`, command: "leave-property", fields: visit };
  const notYetInside = events.has("enter-home") ? [] : [inside];
  if (unsaid.length > 0) {
    // Whether the child was seen comes before leaving, also where the answer is no; leaving stays possible.
    const other = unsaid.map(({ pupil }) => ({
      label: `Not seen, or something else: ${pupil.name}`,
      ask: "record-outcome",
      fields: { ...visit, pupil: pupil.id },
      street: door.street,
    }));
    const names = inWords(unsaid.map(({ pupil }) => pupil.name));
    const says = `At ${door.street}: ${unsaid.length === 1 ? "was" : "were"} ${names} seen?`;
    return { says, large: [...seen, ...other], small: [...notYetInside, leave] };
  }
  const small = [...seen, ...notYetInside];
  return { says: `At ${door.street}`, large: [leave], small };
}

export function inWords(names) {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
