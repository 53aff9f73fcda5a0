// "Not safe". The numbers come first, from the page itself: no network, no database, no waiting. Then it is reported.
// It never says that help is coming; it says who has read it, once a person has said so.
import { hm } from "./clock.js";
import { dialled } from "./telephone.js";

export function dangerPanel(dialog, { trip, where, report, over }) {
  const part = (name) => dialog.querySelector(`[data-part="${name}"]`);

  function open(state, visit) {
    const { me, watcher, office_phone: office } = trip();
    const place = where();
    const words = `NOT SAFE. ${me.name}${place ? ` at ${place}` : ""}, ${hm(Date.now())}. Ring me now; 999 if I do not answer. School: ${office}`;
    const number = dialled(watcher?.mobile ?? "");
    // Written so that both iOS and Android take the text.
    if (number) part("sms").href = `sms:${number}?&body=${encodeURIComponent(words)}`;
    if (!dialog.open) dialog.showModal();
    if (state.danger === null) report(visit);
  }

  // since: when danger was reported and not yet called over, else null.
  function draw(since, taps) {
    const strip = document.getElementById("danger-strip");
    strip.hidden = since === null;
    part("safe").hidden = since === null;
    if (since === null) {
      set(part("state"), "");
      return;
    }
    set(document.getElementById("danger-since"), hm(since));
    const tap = taps.filter((one) => one.command === "report-danger").at(-1);
    const { acknowledged, office_phone: office } = trip();
    const sent =
      tap?.state === "waiting"
        ? "Not sent yet. Do not wait for it: ring."
        : tap?.state === "refused"
          ? `Not accepted. Ring ${office}.`
          : `Received by school ${hm(tap?.received_at ?? since)}.`;
    const read = acknowledged
      ? ` ${acknowledged.by} has read it, ${hm(acknowledged.at)}.`
      : " Nobody has said yet that they have read it.";
    set(part("state"), tap?.state === "waiting" || tap?.state === "refused" ? sent : sent + read);
  }

  function set(element, words) {
    if (element.textContent !== words) element.textContent = words;
  }

  part("close").addEventListener("click", () => dialog.close());
  part("safe").addEventListener("click", () => {
    over();
    dialog.close();
  });
  document.getElementById("danger-show").addEventListener("click", () => dialog.showModal());
  return { open, draw };
}
