// Keeps the page true: what the server says has changed is fetched anew, and deadlines count down. What somebody is
// typing into, or has opened, is left alone.
"use strict";

const live = document.getElementById("live");
const main = document.getElementById("main");
const news = document.getElementById("news");

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
  if (live.textContent !== text) live.textContent = text;
  live.dataset.state = state;
}

async function page(path) {
  const answer = await fetch(path, { credentials: "same-origin" });
  if (answer.status === 401 || answer.redirected) { location.assign("/login"); return null; }
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

async function refreshList() {
  const list = document.getElementById("alerts");
  const text = await page(main.dataset.list);
  if (text === null) return;
  const open = [...list.querySelectorAll("details[open]")].map((one) => one.id);
  const focused = list.contains(document.activeElement) ? document.activeElement.id : "";
  list.innerHTML = text;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  const count = list.querySelectorAll("article.alert").length;
  document.title = `${count || "No"} open · ${main.dataset.operator}`;
  document.dispatchEvent(new CustomEvent("refreshed"));
}

const inUse = (part) => part.querySelector("details.act[open]") || part.contains(document.activeElement);

async function refreshBooking() {
  const text = await page(main.dataset.page);
  if (text === null) return;
  const fresh = new DOMParser().parseFromString(text, "text/html");
  let kept = false;
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (!other) { kept = true; continue; }
    if (part.innerHTML === other.innerHTML) continue;
    if (part.id === "acts" && inUse(part)) kept = true;
    else part.replaceChildren(...other.childNodes);
  }
  for (const other of fresh.querySelectorAll("[data-live]")) kept ||= !document.getElementById(other.id);
  main.className = fresh.getElementById("main").className;
  if (kept) {
    news.textContent = "This booking has changed. ";
    const again = document.createElement("a");
    again.href = main.dataset.page;
    again.textContent = "Show it as it is now";
    news.append(again);
  }
}

let busy = false;
let again = false;

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    await (main.dataset.list ? refreshList() : refreshBooking());
    tick();
    say("on", "live");
  } catch {
    say("off", "out of date: trying again");
    setTimeout(refresh, 2000);
  } finally {
    busy = false;
    if (again) { again = false; setTimeout(refresh, 300); }
  }
}

let told = false;

function connect() {
  const events = new EventSource("/live");
  // The first ring says that the line is open; a page that was just made is true already.
  events.addEventListener("changed", (event) => {
    if (event.data !== "hello" || told) refresh();
    told = true;
    say("on", "live");
  });
  events.addEventListener("open", () => say("on", "live"));
  events.addEventListener("error", () => {
    say("off", "connection lost: trying again");
    // A browser does not try again by itself what was refused: a service that starts, a session that has ended, too many
    // pages. The list is fetched meanwhile, and says when one has to log in.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => { connect(); refresh(); }, 10000);
  });
}

connect();

setInterval(tick, 1000);
tick();
