// The "my trip" page on a phone. Every tap is kept, sent, and shown as what it is: Sending, Received by school, or
// NOT SENT with a number to ring. What comes next is worked out here, because the network may be off.
import { agreedCall, callParts, callWanted } from "./calls.js";
import { ServerClock, duration, hm } from "./clock.js";
import { dangerPanel } from "./danger.js";
import { openSheet, otherThings } from "./sheets.js";
import { dialled } from "./telephone.js";
import { childAlone, currentDoor, fold, inWords, isOut, isOver, nextThing } from "./trip_steps.js";

const NOT_SENT_AFTER = 10_000;
const UNDO_FOR = 10_000;
const ASK_BEFORE = 10 * 60_000;
const REFRESH_EVERY = 20_000;
const SECOND_TAP_GUARD = 600; // the next large button appears where the last one was

const find = (id) => document.getElementById(id);
let trip = JSON.parse(find("trip-data").textContent);
const clock = new ServerClock();
const drawn = new Map();
let taps = [];
let lastTap = -Infinity;
let forgotten = false;
let hope = () => {};

const danger = dangerPanel(find("danger"), {
  trip: () => trip,
  where: () => currentDoor(trip, state())?.street ?? "",
  report: (visit) => tap({ label: "Not safe", command: "report-danger", fields: { trip: trip.trip, visit } }),
  over: () => tap({ label: "We are safe now", command: "danger-over", fields: { trip: trip.trip } }),
});

// -- taps -------------------------------------------------------------------------------------------------

async function tap({ label, command, fields }) {
  lastTap = performance.now();
  const sent = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ""));
  const kept = await Outbox.add({
    school: trip.school,
    trip: trip.trip,
    person: trip.me.id,
    headers: trip.send_headers,
    command,
    fields: sent,
    label,
    at: new Date(clock.now()).toISOString(),
  });
  await draw();
  hope();
  return kept;
}

function chooseNext(choice) {
  if (performance.now() - lastTap >= SECOND_TAP_GUARD) choose(choice);
}

function choose(choice) {
  if (choice.ask) openSheet(find("sheet"), choice, { trip, tap });
  else tap(choice);
}

function state() {
  const known = new Set(trip.recorded.map((fact) => fact.command_id));
  const recorded = trip.recorded.map((fact) => ({ ...fact, recorded: true }));
  const mine = taps
    .filter((one) => one.state !== "refused" && !known.has(one.id))
    .map((one) => ({ command: one.command, fields: one.fields, at: one.at, command_id: one.id }));
  return fold(trip, [...recorded, ...mine]);
}

// -- drawing ----------------------------------------------------------------------------------------------

async function draw() {
  const every = await Outbox.all();
  taps = every.filter((one) => one.trip === trip.trip && one.person === trip.me.id);
  const strangers = every.filter((one) => one.state === "waiting" && one.person !== trip.me.id).length;
  const now = state();
  drawDelivery(strangers);
  drawNext(now);
  drawAlone(now);
  drawStill(now);
  drawCall(now);
  drawTaps();
  drawUndo();
  danger.draw(now.danger, taps);
  if (trip.over && isOver(trip, now) && !every.some((one) => one.trip === trip.trip && one.state === "waiting")) forget();
}

// Rebuilds a part only when it changed, so that focus and a finger on its way down stay where they are.
function redraw(id, signature, children) {
  const key = JSON.stringify(signature);
  if (drawn.get(id) === key) return;
  drawn.set(id, key);
  find(id).replaceChildren(...children());
}

function button(choice, style, pressed = () => choose(choice)) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = `govuk-button ${style}`;
  element.textContent = choice.label;
  element.addEventListener("click", pressed);
  return element;
}

function drawNext(now) {
  const { says, large, small } = nextThing(trip, now);
  redraw("next", [says, large, small], () => {
    const heading = document.createElement("h2");
    heading.className = "govuk-heading-m";
    heading.textContent = says;
    return [
      heading,
      ...large.map((choice) => button(choice, "ds-large", () => chooseNext(choice))),
      ...small.map((choice) => button(choice, "govuk-button--secondary ds-wide-button", () => chooseNext(choice))),
    ];
  });
  const agreed = agreedCall(trip, now);
  const others = [...(agreed ? [agreed] : []), ...otherThings(trip, currentDoor(trip, now) ?? trip.doors.at(-1))];
  redraw("others", [others.map((one) => one.label), currentDoor(trip, now)?.visit], () =>
    others.map((choice) => button(choice, "govuk-button--secondary ds-wide-button")),
  );
  const waiting = trip.doors.find(({ visit, wait_minutes }) => {
    const door = now.doors.get(visit);
    return wait_minutes && door.noAnswerAt && !["leave-property", "enter-home", "child-alone"].some((one) => door.events.has(one));
  });
  const wait = find("wait");
  wait.hidden = !waiting;
  if (waiting) {
    const nobody = Date.parse(now.doors.get(waiting.visit).noAnswerAt);
    const agreed = waiting.agreed_at ? Date.parse(waiting.agreed_at) : nobody;
    const until = Math.max(nobody, agreed) + waiting.wait_minutes * 60_000;
    const left = until - clock.now();
    setText(wait, left > 0 ? `Wait until ${hm(until)} (${duration(left)} left), then leave.` : `You waited until ${hm(until)}. You may leave.`);
  }
}

function drawAlone(now) {
  const door = childAlone(trip, now);
  find("alone").hidden = door === null;
  if (door) setText(find("alone-where"), door.street);
}

function drawStill(now) {
  const left = now.backBy === null ? Infinity : now.backBy - clock.now();
  const asks = isOut(trip, now) && left < ASK_BEFORE && (left < 0 || now.keptFor !== now.backBy);
  find("still").hidden = !asks;
  setText(find("back-by"), now.backBy === null ? "" : hm(now.backBy));
  if (!asks) return;
  redraw("still", [now.backBy, left < 0 && Math.floor(clock.now() / 60_000)], () => {
    const heading = document.createElement("h2");
    heading.className = "govuk-heading-m";
    heading.textContent = left < 0 ? `It is past ${hm(now.backBy)}. When will you be back?` : `Still ${hm(now.backBy)}?`;
    const yes = { label: `Yes, ${hm(now.backBy)}`, command: "keep-back-by", fields: { trip: trip.trip } };
    // From a time that has passed, later means from now, on the whole minute.
    const base = Math.max(now.backBy, Math.floor(clock.now() / 60_000) * 60_000);
    const later = [15, 30].map((minutes) => ({
      label: `+${minutes}: ${hm(base + minutes * 60_000)}`,
      command: "move-back-by",
      fields: { trip: trip.trip, back_by: new Date(base + minutes * 60_000).toISOString() },
    }));
    const row = document.createElement("div");
    row.className = "ds-row";
    row.append(...(left < 0 ? later : [yes, ...later]).map((choice) => button(choice, "govuk-button--secondary")));
    return [heading, row];
  });
}

function drawCall(now) {
  const call = callWanted(trip, now, clock.now());
  find("call").hidden = call === null;
  redraw("call", [call, trip.office_phone], () => (call ? callParts(trip, call, tap) : []));
}

function age(one) {
  return Date.now() - Date.parse(one.device_at);
}

function telephone(number) {
  const link = document.createElement("a");
  link.className = "govuk-link ds-ring";
  link.href = `tel:${dialled(number)}`;
  link.textContent = number;
  return link;
}

function drawDelivery(strangers) {
  const waiting = taps.filter((one) => one.state === "waiting");
  const lost = waiting.filter((one) => age(one) >= NOT_SENT_AFTER);
  const refused = taps.filter((one) => one.state === "refused");
  const last = taps.filter((one) => one.state === "received").at(-1);
  const kind = lost.length || refused.length ? "lost" : waiting.length ? "sending" : navigator.onLine ? "calm" : "off";
  find("delivery").className = `ds-delivery ds-delivery--${kind}`;
  redraw("delivery", [kind, lost.length, refused.length, last?.received_at, strangers], () => {
    const words = document.createElement("span");
    if (lost.length) {
      words.append(`${lost.length} ${lost.length === 1 ? "tap" : "taps"} NOT SENT: ring `, telephone(trip.office_phone));
      words.append("This phone keeps trying.");
    } else if (refused.length) {
      words.append("A tap was not accepted: ring ", telephone(trip.office_phone));
    } else if (waiting.length) words.append("Sending");
    else if (kind === "off") words.append("No signal. Taps are kept here.");
    else words.append(last ? `All received by school ${hm(last.received_at)}` : "Connected. Nothing to send.");
    if (strangers) words.append(` Another person's tap on this phone is not sent yet.`);
    return [words];
  });
}

// What a mistaken tap needs at once stands at the foot of the screen, whatever the page shows.
function undoable() {
  const undone = new Set([...taps, ...trip.recorded].filter((one) => one.command === "undo").map((one) => one.fields.command));
  return taps.filter((one) => one.command !== "undo" && !undone.has(one.id) && one.state !== "refused" && age(one) < UNDO_FOR);
}

function undoButton(one) {
  const undo = { label: `Undo: ${one.label}`, command: "undo", fields: { command: one.id } };
  const element = button({ label: "Undo" }, "govuk-button--secondary ds-tap__undo", () => {
    element.disabled = true;
    tap(undo);
  });
  element.setAttribute("aria-label", undo.label);
  return element;
}

function drawUndo() {
  const last = undoable().at(-1);
  find("undo").hidden = !last;
  redraw("undo", [last?.id], () => {
    if (!last) return [];
    const label = document.createElement("p");
    label.className = "ds-undo__what";
    label.textContent = last.label;
    return [label, undoButton(last)];
  });
}

function drawTaps() {
  const undo = new Set(undoable().slice(0, -1).map((one) => one.id)); // the last one's stands at the foot
  const ids = new Set(taps.map((one) => one.id));
  const theirs = trip.recorded
    .filter((fact) => !ids.has(fact.command_id))
    .map((fact) => ({ id: fact.command_id, label: fact.label, at: fact.at, received_at: fact.received_at, state: "received" }));
  const undone = new Set([...taps, ...trip.recorded].filter((one) => one.command === "undo").map((one) => one.fields.command));
  const rows = [...theirs, ...taps].sort((one, other) => Date.parse(other.at) - Date.parse(one.at)).slice(0, 30);
  const shown = rows.map((one) => ({
    ...one,
    late: one.state === "waiting" && age(one) >= NOT_SENT_AFTER,
    undo: undo.has(one.id),
    undone: undone.has(one.id),
  }));
  redraw("taps", shown.map((one) => [one.id, one.state, one.late, one.undo, one.undone]), () => shown.map(tapRow));
}

function tapRow(one) {
  const row = document.createElement("li");
  row.className = `ds-tap ds-tap--${one.late ? "lost" : one.state}`;
  row.dataset.state = one.late ? "not sent" : one.state;
  row.dataset.command = one.id;
  const label = document.createElement("p");
  label.className = "ds-tap__label";
  label.textContent = `${hm(one.at)} ${one.label}${one.undone ? " (undone)" : ""}`;
  const says = document.createElement("p");
  says.className = "ds-tap__state";
  if (one.state === "received") says.textContent = `Received by school ${hm(one.received_at)}`;
  else if (one.state === "refused") says.append(`NOT ACCEPTED: ${one.says} Ring `, telephone(trip.office_phone));
  else if (one.late) says.append("NOT SENT: ring ", telephone(trip.office_phone));
  else says.textContent = "Sending";
  if (one.unkept) says.append(". Keep this page open: this browser cannot keep taps.");
  row.append(label, says);
  if (one.undo) row.append(undoButton(one));
  return row;
}

function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

// -- the school's side ------------------------------------------------------------------------------------

// What the school has recorded since, a colleague's taps and an answer to "not safe" among it.
async function refresh() {
  if (!trip.fresh_from || document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(trip.fresh_from, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!answer.ok || !(answer.headers.get("Content-Type") ?? "").includes("json")) return;
    trip = await answer.json();
    clock.learn(trip.now);
  } catch (problem) {
    console.info("the school cannot be reached", String(problem)); // the strip above the taps says what is not sent
  }
  await draw();
}

// The trip is over and all of it delivered: nothing personal stays on the phone.
async function forget() {
  if (forgotten) return;
  forgotten = true;
  navigator.serviceWorker?.controller?.postMessage({ forget: location.pathname });
  await Outbox.forget((one) => one.trip === trip.trip);
}

async function install() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/sw.js", { scope: "/" });
  const registration = await navigator.serviceWorker.ready;
  registration.active.postMessage({ keep: location.pathname });
}

find("not-safe").addEventListener("click", () => danger.open(state(), currentDoor(trip, state())?.visit));
find("child-alone").addEventListener("click", () => {
  const door = currentDoor(trip, state()) ?? trip.doors.at(-1);
  tap({ label: `Child here, no adult: ${door?.street ?? ""}`, command: "child-alone", fields: { visit: door?.visit } });
  find("alone").hidden = false;
  find("alone").scrollIntoView({ block: "start" });
});
setText(find("trip-people"), inWords(trip.people.map((person) => person.name)));
navigator.storage?.persist?.();
addEventListener("offline", draw);
setInterval(draw, 1000);
setInterval(refresh, REFRESH_EVERY);
addEventListener("online", refresh);
await Outbox.forget((one) => one.person !== trip.me.id).catch((problem) => console.warn(String(problem)));
await draw();
hope = Outbox.start(draw);
refresh();
install().catch((problem) => console.warn("this page will not open without a network", String(problem)));
document.documentElement.dataset.ready = "true";
