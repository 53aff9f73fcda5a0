// The live board. It must never look live when it is not: whatever stops the feed, the projection or the
// watch puts up a banner within ten seconds, and a line turns red by this page's own clock.
import { AlarmSound } from "./alarm_sound.js";
import { ServerClock, duration, hm, untilWords } from "./clock.js";
import { newId } from "./ids.js";

const SILENT_AFTER = 6000; // three beats missed
const TRAILS_AFTER = 5000;
const RECONNECT_AFTER = 2000;
const TURNS_RED = new Set(["out", "soon", "amber"]);

const board = document.getElementById("board");
const banner = document.getElementById("board-stale");
const clock = new ServerClock();
const sound = new AlarmSound(document.getElementById("sound-button"));
const received = new Map(); // line id -> its HTML as it came, before this page counted down in it
const title = document.title;

let heardAt = performance.now(); // monotonic: neither a wrong clock nor one that is put right can hide a silence
let heardTime = Date.now();
let current = { at: performance.now(), time: Date.now() }; // when the board last showed all that the log held
let heads = []; // [{head, at, time}] that the board has not reached yet
let tickTrails = null; // the watch's last tick, while it trails

// -- the feed ---------------------------------------------------------------------------------------------

function connect() {
  const feed = new EventSource(board.dataset.stream);
  feed.addEventListener("board", (event) => {
    heard();
    merge(event.data);
  });
  feed.addEventListener("beat", (event) => {
    heard();
    beat(JSON.parse(event.data));
  });
  // Signed out, left, or this screen's link was ended: what stands here is for nobody any more.
  feed.addEventListener("ended", () => {
    feed.close();
    location.reload();
  });
  feed.onerror = () => {
    // The browser tries again by itself, except after an answer that is no feed (a restart behind a proxy, say).
    if (feed.readyState === EventSource.CLOSED) setTimeout(connect, RECONNECT_AFTER);
  };
}

function heard() {
  heardAt = performance.now();
  heardTime = clock.now();
}

function beat({ log_head: head, board_position: position, watch_tick: tick, now }) {
  clock.learn(now);
  heardTime = clock.now();
  const moment = { at: performance.now(), time: clock.now() };
  // No head: the school's log could not be asked. Then nobody knows whether this board is current.
  const known = head === null ? heads : heads.filter((one) => one.head !== Infinity);
  heads = [...known, { head: head ?? Infinity, ...moment }].filter((one) => one.head > position);
  if (heads.length === 0) current = moment;
  const behind = tick ? Date.parse(now) - Date.parse(tick) : Infinity;
  tickTrails = behind > TRAILS_AFTER ? (tick ? Date.parse(tick) : heardTime) : null;
  document.getElementById("board-as-at").textContent = new Date(clock.now()).toLocaleTimeString("en-GB", {
    timeZone: "Europe/London",
  });
}

function notUpdatingSince() {
  if (performance.now() - heardAt > SILENT_AFTER) return heardTime;
  if (heads.length > 0 && performance.now() - heads[0].at > TRAILS_AFTER) return current.time;
  return tickTrails;
}

function showBanner() {
  const since = notUpdatingSince();
  const words = since === null ? "" : `This board is not updating since ${hm(since)}. Ring people directly.`;
  if (banner.textContent !== words) banner.textContent = words;
  banner.hidden = since === null;
}

// -- the lines --------------------------------------------------------------------------------------------

function merge(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("board-rows");
  if (!fresh) return;
  clock.learn(fresh.dataset.now);
  const rows = document.getElementById("board-rows");
  const list = document.getElementById("board-lines");
  const count = document.getElementById("board-count");
  const freshCount = fresh.querySelector("#board-count");
  if (count.textContent !== freshCount.textContent) count.replaceChildren(...freshCount.childNodes);
  mergeOutsiders(rows.querySelector("#board-outsiders"), fresh.querySelector("#board-outsiders"));
  rows.querySelector(".ds-board__empty")?.remove();
  const empty = fresh.querySelector(".ds-board__empty");
  if (empty) rows.append(document.importNode(empty, true));

  const lines = [...fresh.querySelectorAll(".ds-line")];
  const wanted = new Set(lines.map((line) => line.id));
  for (const old of [...list.children]) {
    if (!wanted.has(old.id)) {
      received.delete(old.id);
      old.remove();
    }
  }
  lines.forEach((line, index) => {
    const old = document.getElementById(line.id);
    const now = withoutIds(line);
    let shown = old;
    if (!old || received.get(line.id) !== now) {
      shown = document.importNode(line, true);
      giveIds(shown);
      if (old) replaceKeepingWork(old, shown);
      received.set(line.id, now);
    }
    if (list.children[index] !== shown) list.insertBefore(shown, list.children[index] ?? null);
  });
  countDown();
}

// Who of another school reads here in an emergency: told to those who guard the records, and to nobody else.
function mergeOutsiders(old, fresh) {
  if (!old || !fresh || withoutIds(old) === withoutIds(fresh)) return;
  const shown = document.importNode(fresh, true);
  giveIds(shown);
  old.replaceWith(shown);
}

// Each rendering of a form carries a new id; a line is the same line for all that.
function withoutIds(line) {
  return line.outerHTML.replace(/name="command_id" value="[^"]*"/g, "");
}

// All screens are sent the same rendering: each form gets an id of its own here, so that the same button pressed on two
// screens is two commands, and pressed twice on one is one.
function giveIds(line) {
  for (const id of line.querySelectorAll('input[name="command_id"]')) id.value = newId();
}

// A person may be in the middle of typing what somebody said on the telephone: that stays.
function replaceKeepingWork(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  for (const open of old.querySelectorAll("details[open][data-key]")) {
    const same = fresh.querySelector(`details[data-key="${CSS.escape(open.dataset.key)}"]`);
    if (!same) continue;
    same.open = true;
    for (const field of open.querySelectorAll("input:not([type=hidden]), textarea, select")) {
      const twin = same.querySelector(`#${CSS.escape(field.id)}`);
      if (twin && (field.type === "checkbox" || field.type === "radio")) twin.checked = field.checked;
      else if (twin) twin.value = field.value;
    }
  }
  const key = focused && (focused.id || focused.closest("details")?.dataset.key);
  old.replaceWith(fresh);
  if (!key) return;
  const again = focused.id
    ? fresh.querySelector(`#${CSS.escape(focused.id)}`)
    : fresh.querySelector(`details[data-key="${CSS.escape(key)}"] ${focused.localName}`);
  again?.focus({ preventScroll: true });
}

function countDown() {
  const now = clock.now();
  for (const left of board.querySelectorAll("[data-due]")) setText(left, untilWords(Date.parse(left.dataset.due) - now));
  for (const wait of board.querySelectorAll("[data-wait]")) {
    const rest = Date.parse(wait.dataset.wait) - now;
    setText(wait, rest > 0 ? `(${duration(rest)} left)` : "(over)");
  }
  for (const line of board.querySelectorAll(".ds-line[data-due-at]")) {
    if (TURNS_RED.has(line.dataset.state) && now >= Date.parse(line.dataset.dueAt)) turnRed(line);
  }
  const late = board.querySelectorAll('.ds-line[data-state="overdue"]').length;
  document.title = late ? `(${late} overdue) ${title}` : title;
  sound.standing = board.querySelector('.ds-line[data-alarm="open"]') !== null;
}

// The server's watch says the same within a second; this page does not wait for it.
function turnRed(line) {
  line.classList.remove(`ds-line--${line.dataset.state}`);
  line.classList.add("ds-line--overdue");
  line.dataset.state = "overdue";
  line.dataset.alarm ??= "open";
  const tag = line.querySelector(".ds-line__tag .govuk-tag");
  tag.className = "govuk-tag govuk-tag--red";
  tag.textContent = "Overdue";
  const calm = [...line.parentElement.children].find((one) => one !== line && !("alarm" in one.dataset));
  const before = calm && calm.compareDocumentPosition(line) & Node.DOCUMENT_POSITION_FOLLOWING;
  if (before && !line.contains(document.activeElement)) line.parentElement.insertBefore(line, calm);
}

function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

clock.learn(document.getElementById("board-rows").dataset.now);
for (const line of board.querySelectorAll(".ds-line")) received.set(line.id, withoutIds(line));
countDown();
showBanner();
connect();
document.documentElement.dataset.ready = "true";
setInterval(() => {
  countDown();
  showBanner();
}, 500);
