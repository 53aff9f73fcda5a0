// The phone's outbox: what somebody tapped, kept until the school has it. Used by the page and the service worker
// (a classic script, because a service worker loads it with importScripts). Needs vendor/idb.js.
//
// A tap is written to IndexedDB before anything is sent. After that line it survives a reload, a closed page and an
// empty battery; sent twice it is stored once, because its id goes along as Idempotency-Key.
(function (scope) {
  "use strict";

  const LOCK = "doorstep-outbox";
  const GIVE_UP_WAITING = 8000; // one request; the tap itself is never given up
  const FIRST_PAUSE = 1000;
  const LONGEST_PAUSE = 30000;
  // What somebody wrote is not kept on the phone once the school has it.
  const WRITTEN = ["text", "reason", "note", "why", "child_described", "adult_name"];

  const changes = "BroadcastChannel" in scope ? new BroadcastChannel(LOCK) : null;
  const memory = []; // only where the browser refuses IndexedDB; then a reload loses what was not sent
  let database = null;
  let flushing = null;
  let again = false;
  let listener = () => {};

  async function open() {
    if (database === null) {
      database = await scope.idb.openDB("doorstep", 1, {
        upgrade(db) {
          db.createObjectStore("taps", { keyPath: "seq", autoIncrement: true });
        },
      });
    }
    return database;
  }

  async function write(tap) {
    try {
      tap.seq = await (await open()).put("taps", tap);
    } catch (problem) {
      console.warn("this browser keeps no taps", problem);
      tap.seq ??= -1e6 + memory.length;
      tap.unkept = true;
      if (!memory.includes(tap)) memory.push(tap);
    }
    tell();
    return tap;
  }

  async function all() {
    const kept = await open().then(
      (db) => db.getAll("taps"),
      () => [],
    );
    return [...memory, ...kept].sort((one, other) => one.seq - other.seq);
  }

  function tell() {
    listener();
    changes?.postMessage("changed");
  }

  // tap: {school, trip, person, headers, command, fields, label, at}. `at` is our best guess of the true time,
  // `device_at` what this phone's clock said.
  async function add(tap) {
    const now = new Date();
    const kept = {
      id: newId(),
      device_at: now.toISOString(),
      state: "waiting",
      ...tap,
      at: tap.at ?? now.toISOString(),
    };
    await write(kept);
    askForBackgroundSync();
    return kept;
  }

  // Sends what waits, strictly in order for each person and trip. Resolves to true where nothing waits any more.
  function flush() {
    if (flushing) {
      again = true;
      return flushing;
    }
    flushing = (async () => {
      let done;
      do {
        again = false;
        done = scope.navigator.locks ? await scope.navigator.locks.request(LOCK, sendAll) : await sendAll();
      } while (again);
      return done;
    })().finally(() => {
      flushing = null;
    });
    return flushing;
  }

  async function sendAll() {
    const stopped = new Set();
    for (const tap of await all()) {
      const queue = `${tap.person} ${tap.trip}`;
      if (tap.state !== "waiting" || stopped.has(queue)) continue;
      const outcome = await send(tap);
      if (outcome === null) stopped.add(queue);
      else await write({ ...tap, ...outcome });
      if (outcome === null && scope.navigator.onLine === false) break;
    }
    return stopped.size === 0;
  }

  // What came of it, or null where it has to be sent again. Only an answer that Doorstep itself can have given
  // counts: the sign-in page of a café's network is not "received".
  async function send(tap) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), GIVE_UP_WAITING);
    try {
      const answer = await fetch(`/api/v1/schools/${tap.school}/commands/${tap.command}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": tap.id, ...tap.headers },
        body: JSON.stringify({ ...tap.fields, at: tap.at, device_at: tap.device_at }),
        redirect: "error",
        cache: "no-store",
        signal: abort.signal,
      });
      const kind = answer.headers.get("Content-Type") ?? "";
      if (!kind.includes("json")) return null;
      const said = await answer.json();
      if (answer.ok && said.received_at && said.command_id === tap.id) {
        const fields = Object.fromEntries(Object.entries(tap.fields).filter(([name]) => !WRITTEN.includes(name)));
        return { state: "received", received_at: said.received_at, fields, headers: {} };
      }
      const final = answer.status >= 400 && answer.status < 500 && ![401, 408, 425, 429].includes(answer.status);
      if (final && kind.includes("problem")) {
        return { state: "refused", says: said.detail || said.title || "The school did not accept this." };
      }
      return null;
    } catch (problem) {
      console.info("not sent yet", tap.command, String(problem));
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  // Forgets what was delivered: of one trip, or of everybody but one person.
  async function forget(matches) {
    const db = await open();
    for (const tap of await db.getAll("taps")) {
      if (tap.state !== "waiting" && matches(tap)) await db.delete("taps", tap.seq);
    }
    tell();
  }

  async function askForBackgroundSync() {
    const registration = scope.registration ?? (await scope.navigator.serviceWorker?.getRegistration());
    // Chromium only; elsewhere the page itself keeps trying while it is open, and on its next opening.
    if (registration?.sync) {
      await registration.sync.register(LOCK).catch((problem) => console.info("no background sync", String(problem)));
    }
  }

  // For the page: keeps trying, with growing pauses, and at once whenever there is reason for hope.
  function start(onChange) {
    let pause = FIRST_PAUSE;
    let timer = null;
    listener = onChange;
    if (changes) changes.onmessage = onChange;
    async function attempt() {
      clearTimeout(timer);
      const empty = await flush();
      if (empty) {
        pause = FIRST_PAUSE;
      } else {
        timer = setTimeout(attempt, pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
    }
    function hope() {
      pause = FIRST_PAUSE;
      attempt();
    }
    scope.addEventListener("online", hope);
    scope.addEventListener("pageshow", hope);
    scope.document.addEventListener("visibilitychange", () => {
      if (scope.document.visibilityState === "visible") hope();
    });
    hope();
    return hope;
  }

  function newId() {
    if (scope.crypto.randomUUID) return scope.crypto.randomUUID();
    const bytes = scope.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  scope.Outbox = { LOCK, add, all, flush, forget, start };
})(self);
