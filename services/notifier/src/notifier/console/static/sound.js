// A sound when another alert stands first: off until somebody switches it on, made here (Web Audio), no file.
"use strict";

const ON = "pickup-sound";
const soundSwitch = document.getElementById("sound");
let audio = null;
const top_ = () => document.querySelector("article[data-top].open, article[data-top].expired")?.dataset.top;
let known = top_();

function note(at, pitch) {
  const tone = audio.createOscillator();
  const loud = audio.createGain();
  tone.frequency.value = pitch;
  loud.gain.setValueAtTime(0.0001, at);
  loud.gain.exponentialRampToValueAtTime(0.3, at + 0.02);
  loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.28);
  tone.connect(loud).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.3);
}

async function ring() {
  audio ??= new AudioContext();
  await audio.resume();
  note(audio.currentTime, 660);
  note(audio.currentTime + 0.32, 880);
  document.documentElement.dataset.rang = String(Number(document.documentElement.dataset.rang ?? 0) + 1);
}

function showSound() {
  const on = localStorage.getItem(ON) !== null;
  soundSwitch.setAttribute("aria-pressed", String(on));
  // A browser plays nothing before the first click or key on a page.
  const asleep = on && (audio === null || audio.state !== "running");
  soundSwitch.textContent = on ? (asleep ? "Sound is on, after a click" : "Sound is on") : "Sound is off";
}

soundSwitch.hidden = false;
soundSwitch.addEventListener("click", async () => {
  if (localStorage.getItem(ON) === null) { localStorage.setItem(ON, "1"); await ring(); }
  else localStorage.removeItem(ON);
  showSound();
});
for (const kind of ["pointerdown", "keydown"]) {
  document.addEventListener(kind, async () => {
    if (localStorage.getItem(ON) === null || audio !== null) return;
    audio = new AudioContext();
    await audio.resume();
    showSound();
  });
}
document.addEventListener("refreshed", () => {
  const now = top_();
  if (now && now !== known) {
    document.getElementById("news").textContent = "A new alert stands first.";
    if (localStorage.getItem(ON) !== null) ring();
  }
  known = now;
});
showSound();
