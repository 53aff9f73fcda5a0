// Two tones every four seconds while an alarm stands. A browser lets a page sound only after a person has
// touched it, so the choice is remembered and the first touch after a reload starts it again.
const REMEMBERED = "doorstep-alarm-sound";
const EVERY = 4000;

export class AlarmSound {
  #button;
  #audio = null;
  #wanted = localStorage.getItem(REMEMBERED) === "on";
  #standing = false;
  rung = 0; // how often it has sounded

  constructor(button) {
    this.#button = button;
    button.addEventListener("click", () => this.#pressed());
    for (const touch of ["pointerdown", "keydown"]) {
      addEventListener(touch, () => this.#wanted && this.#open(), { capture: true });
    }
    if (this.#wanted) this.#open();
    setInterval(() => this.#ring(), EVERY);
    this.#show();
  }

  // Whether an alarm stands that nobody has taken.
  set standing(value) {
    const begins = value && !this.#standing;
    this.#standing = value;
    if (begins) this.#ring();
  }

  #pressed() {
    const ready = this.#audio?.state === "running";
    this.#wanted = !(this.#wanted && ready);
    localStorage.setItem(REMEMBERED, this.#wanted ? "on" : "off");
    if (this.#wanted) this.#open().then(() => this.#tones());
    this.#show();
  }

  async #open() {
    this.#audio ??= new AudioContext();
    this.#audio.onstatechange = () => this.#show();
    if (this.#audio.state !== "running") await this.#audio.resume();
    this.#show();
  }

  #ring() {
    if (this.#standing && this.#wanted && this.#audio?.state === "running") this.#tones();
  }

  #tones() {
    this.rung += 1;
    document.documentElement.dataset.alarmRung = String(this.rung);
    const start = this.#audio.currentTime + 0.02;
    [880, 660, 880].forEach((pitch, index) => {
      const tone = this.#audio.createOscillator();
      const loudness = this.#audio.createGain();
      tone.frequency.value = pitch;
      loudness.gain.setValueAtTime(0, start + index * 0.3);
      loudness.gain.linearRampToValueAtTime(0.4, start + index * 0.3 + 0.03);
      loudness.gain.linearRampToValueAtTime(0, start + index * 0.3 + 0.27);
      tone.connect(loudness).connect(this.#audio.destination);
      tone.start(start + index * 0.3);
      tone.stop(start + index * 0.3 + 0.28);
    });
  }

  #show() {
    const sounding = this.#wanted && this.#audio?.state === "running";
    this.#button.setAttribute("aria-pressed", String(sounding));
    this.#button.textContent = sounding
      ? "Alarm sound is on: turn off"
      : this.#wanted
        ? "Press once to allow the alarm sound"
        : "Turn on the alarm sound";
  }
}
