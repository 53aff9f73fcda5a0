// Time by the server's clock, and durations in words. This computer's own clock may be wrong by minutes.
const LONDON = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", hour: "2-digit", minute: "2-digit" });

export class ServerClock {
  #ahead = 0; // milliseconds to add to Date.now()

  learn(instant) {
    const theirs = Date.parse(instant);
    if (Number.isFinite(theirs)) this.#ahead = theirs - Date.now();
  }

  now() {
    return Date.now() + this.#ahead;
  }
}

export function hm(instant) {
  return LONDON.format(new Date(instant));
}

// The same words as the `until` filter of api/pages/templating.py.
export function untilWords(milliseconds) {
  return milliseconds > 0 ? `${duration(milliseconds)} left` : `overdue by ${duration(-milliseconds)}`;
}

export function duration(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
