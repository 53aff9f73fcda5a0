// Keeps the phone pages usable with the network off, and sends what was tapped when it comes back.
// The server writes one line before this: const TOLD = {release, shell: [addresses]}.
// Kept: the static files of this release, and the pages under /schools/*/my-trips. Never the API, never the board.
const SHELL = `doorstep-shell-${TOLD.release}`;
const TRIPS = `doorstep-trips-${TOLD.release}`;
const TRIP_PAGE = /^\/schools\/[^/]+\/my-trips(\/[^/]+)?\/?$/;
const STATIC = /^\/static\/[^/]+\/(.+)$/;
const PATIENCE = 4000; // a bar of signal that carries nothing is worse than none

for (const name of ["vendor/idb.js", "outbox.js"]) importScripts(addressOf(name));

function addressOf(name) {
  return TOLD.shell.find((address) => address.endsWith(`/${name}`));
}

addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll(TOLD.shell))
      .then(() => skipWaiting()),
  );
});

addEventListener("activate", (event) => {
  event.waitUntil(replaceOldCaches().then(() => clients.claim()));
});

// A new release takes over the pages already kept, so that somebody at a door is not left without theirs.
async function replaceOldCaches() {
  const trips = await caches.open(TRIPS);
  for (const name of await caches.keys()) {
    if (!name.startsWith("doorstep-") || name === SHELL || name === TRIPS) continue;
    if (name.startsWith("doorstep-trips-")) {
      const old = await caches.open(name);
      for (const request of await old.keys()) await trips.put(request, await old.match(request));
    }
    await caches.delete(name);
  }
}

addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (STATIC.test(address.pathname)) event.respondWith(staticFile(event.request, address));
  else if (TRIP_PAGE.test(address.pathname) && event.request.mode === "navigate") {
    event.respondWith(tripPage(event.request, address));
  }
});

// Cache first. A page of an older release gets the same file of this one rather than nothing.
async function staticFile(request, address) {
  const shell = await caches.open(SHELL);
  const kept = await shell.match(request);
  if (kept) return kept;
  try {
    return await fetch(request);
  } catch (problem) {
    const twin = addressOf(STATIC.exec(address.pathname)[1]);
    const instead = twin && (await shell.match(twin));
    if (instead) return instead;
    throw problem;
  }
}

// Network first; the kept page where the network is off, or slower than somebody at a door can wait.
async function tripPage(request, address) {
  const kept = await (await caches.open(TRIPS)).match(address.pathname);
  const fresh = freshPage(request, address);
  if (!kept) return fresh;
  fresh.catch(() => {}); // the kept page stands in for it
  const late = new Promise((resolve) => setTimeout(() => resolve(kept.clone()), PATIENCE));
  return Promise.race([fresh.catch(() => kept.clone()), late]);
}

async function freshPage(request, address) {
  const answer = await fetch(request);
  const trips = await caches.open(TRIPS);
  if (answer.ok && !answer.redirected) await trips.put(address.pathname, answer.clone());
  else if ([403, 404, 410].includes(answer.status)) await trips.delete(address.pathname); // no longer this person's to see
  return answer;
}

// The page tells what to keep (its first load was not ours to see) and what to forget (the trip is over).
addEventListener("message", (event) => {
  const { keep, forget } = event.data ?? {};
  for (const pathname of [keep, forget]) if (pathname && !TRIP_PAGE.test(pathname)) return;
  if (keep) {
    const address = new URL(keep, location.origin);
    event.waitUntil(freshPage(new Request(address, { credentials: "same-origin" }), address));
  }
  if (forget) event.waitUntil(caches.open(TRIPS).then((cache) => cache.delete(forget)));
});

addEventListener("sync", (event) => {
  if (event.tag !== Outbox.LOCK) return;
  event.waitUntil(
    Outbox.flush().then((empty) => {
      // A rejected sync is what makes the browser try again later.
      if (!empty) throw new Error("some taps are not sent yet");
    }),
  );
});
