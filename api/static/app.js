// What every page does: govuk-frontend's components, the ten-second undo, and forgetting the last person's pages.
import { initAll } from "./vendor/govuk-frontend.js";

const REMEMBERED_PERSON = "doorstep-person";

function countDownUndo(form) {
  const until = Date.parse(form.dataset.undoUntil);
  const left = form.querySelector("[data-undo-left]");
  // The page was made a moment ago by the server's clock; this computer's own clock may be wrong by minutes.
  const ends = performance.now() + Math.min(Math.max(until - Date.now(), 0), 10_000);
  const began = Number.isFinite(until) && until - Date.now() > 0 ? ends : performance.now() + 10_000;
  const timer = setInterval(tick, 250);
  function tick() {
    const seconds = Math.ceil((began - performance.now()) / 1000);
    if (seconds > 0) {
      left.textContent = `(${seconds})`;
    } else {
      clearInterval(timer);
      form.remove();
    }
  }
  tick();
}

async function forgetLastPerson() {
  const now = document.body.dataset.person ?? "";
  const signedOut = document.querySelector("[data-signed-out]") !== null; // by a press; a session that ended keeps them
  if (!now && !signedOut) return;
  const before = localStorage.getItem(REMEMBERED_PERSON);
  if (now) localStorage.setItem(REMEMBERED_PERSON, now);
  if ((signedOut || (before && before !== now)) && "caches" in window) {
    for (const name of await caches.keys()) {
      if (name.startsWith("doorstep-trips-")) await caches.delete(name);
    }
  }
}

document.body.classList.add("js-enabled", "govuk-frontend-supported"); // govuk-frontend asks the body
initAll();
document.querySelectorAll("form[data-undo-until]").forEach(countDownUndo);
forgetLastPerson();
