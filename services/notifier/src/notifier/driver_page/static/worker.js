"use strict";
// Keeps the newest page for when there is no signal, and shows what is pushed to this phone.
const PAGES = "pickup-pages";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("message", (event) => {
  if (event.data && event.data.keep) event.waitUntil(keep(event.data.keep));
});

addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate" && ours(event.request.url)) event.respondWith(newest(event.request.url));
});

function ours(url) {
  try { return Boolean(url) && new URL(url, registration.scope).href.startsWith(registration.scope); } catch { return false; }
}

async function keep(url) {
  if (!ours(url)) return;
  const pages = await caches.open(PAGES);
  if (!(await pages.match(url))) await newest(url).catch(() => null);
}

async function newest(url) {
  const pages = await caches.open(PAGES), kept = await pages.match(url);
  const ends = new AbortController(), limit = setTimeout(() => ends.abort(), kept ? 5000 : 60000);
  try {
    const answer = await fetch(url, { credentials: "omit", signal: ends.signal });
    if (answer.ok) {
      // One page at a time: what is over does not stay on the phone.
      for (const old of await pages.keys()) await pages.delete(old);
      await pages.put(url, answer.clone());
    } else if (answer.status === 404 || answer.status === 410) await pages.delete(url);
    else if (kept) return kept;
    return answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  } finally { clearTimeout(limit); }
}

addEventListener("push", (event) => {
  let told = {};
  try { told = event.data.json(); } catch { /* a push without words still shows that there is one */ }
  event.waitUntil(registration.showNotification(told.title || "Pickup check", {
    body: told.body || "", tag: told.tag || "pickup", lang: told.lang || "en", requireInteraction: true,
    vibrate: [300, 120, 300], data: { url: ours(told.url) ? told.url : null },
  }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = event.notification.data && event.notification.data.url;
  if (url) event.waitUntil(show(url));
});

async function show(url) {
  for (const one of await clients.matchAll({ type: "window", includeUncontrolled: true })) {
    if (one.url === url) return one.focus();
  }
  return clients.openWindow(url);
}
