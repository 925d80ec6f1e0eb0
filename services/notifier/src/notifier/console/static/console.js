// Keeps the page true: refreshes the list when the server says that something changed, and counts down.
"use strict";

const list = document.getElementById("alerts");
const live = document.getElementById("live");

function left(until) {
  const seconds = Math.round((until - Date.now()) / 1000);
  const away = Math.abs(seconds);
  const text = away >= 3600
    ? `${Math.floor(away / 3600)} h ${Math.floor((away % 3600) / 60)} min`
    : away >= 600 ? `${Math.floor(away / 60)} min`
    : away >= 60 ? `${Math.floor(away / 60)}:${String(away % 60).padStart(2, "0")}`
    : `${away} s`;
  return seconds >= 0 ? text : `${text} ago`;
}

function tick() {
  for (const time of document.querySelectorAll("time.countdown")) {
    const until = Date.parse(time.dateTime);
    time.textContent = left(until);
    time.classList.toggle("soon", until - Date.now() < 180000);
  }
}

function say(state, text) {
  live.textContent = text;
  live.dataset.state = state;
}

let busy = false;
let again = false;

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const answer = await fetch("/alerts/list", { credentials: "same-origin" });
    if (answer.status === 401) { location.assign("/login"); return; }
    if (!answer.ok) throw new Error(String(answer.status));
    const open = [...list.querySelectorAll("details[open]")].map((one) => one.id);
    const focused = document.activeElement && document.activeElement.id;
    list.innerHTML = await answer.text();
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus();
    const count = list.querySelectorAll("article.alert").length;
    document.title = `${count || "No"} open · ${document.querySelector(".operator").textContent}`;
    tick();
    say("on", "live");
  } catch {
    say("off", "out of date: trying again");
    setTimeout(refresh, 2000);
  } finally {
    busy = false;
    if (again) { again = false; refresh(); }
  }
}

const events = new EventSource("/live");
events.addEventListener("changed", refresh);
events.addEventListener("open", () => say("on", "live"));
events.addEventListener("error", () => say("off", "connection lost: trying again"));

setInterval(tick, 1000);
tick();
