// A front desk: what is open when its person walks away goes, and the board comes back. Whoever types is not away.
const strip = document.getElementById("desk");
const IDLE = Number(strip.dataset.idle) * 1000;
const TELL_EVERY = Math.min(20_000, IDLE / 3);

let touched = performance.now(); // monotonic: a clock that is put right keeps nobody signed in
let told = touched;

for (const kind of ["keydown", "pointerdown", "input"]) {
  addEventListener(kind, () => (touched = performance.now()), { capture: true, passive: true });
}

async function tell() {
  told = performance.now();
  try {
    const answer = await fetch(strip.dataset.here, { method: "POST", cache: "no-store" });
    if (answer.status === 410 || answer.status === 403) leave(answer.status === 403);
  } catch {
    // Without a network nobody is asked: this page goes by its own clock.
  }
}

// What was begun and not sent stays where somebody else has typed their PIN meanwhile: it is asked for when it is sent.
function leave(ended) {
  if (ended || document.querySelector("form [data-typed]") === null) location.replace(strip.dataset.board);
}

addEventListener("input", (event) => {
  if (event.target.type !== "password") event.target.dataset.typed = "";
}, { capture: true });

setInterval(() => {
  const now = performance.now();
  if (now - touched >= IDLE) location.replace(strip.dataset.board);
  else if (touched > told && now - told >= TELL_EVERY) tell();
}, 500);
