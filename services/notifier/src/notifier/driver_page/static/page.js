"use strict";
(() => {
  const body = document.body, say = body.dataset, here = location.pathname;
  const at = (id) => document.getElementById(id);
  const said = at("said"), PREFIX = "pickup-answer.";
  let sending = false, wait = 2000, timer = 0;

  // Every tap is an entry of its own: two pages never write over one another.
  const entries = () => {
    const found = [];
    for (let i = 0; i < localStorage.length; i++) {
      const name = localStorage.key(i);
      if (name.startsWith(PREFIX)) {
        try { found.push({ name, ...JSON.parse(localStorage.getItem(name)) }); } catch { localStorage.removeItem(name); }
      }
    }
    return found.sort((a, b) => a.at - b.at);
  };
  const unsaved = [];
  const put = (one) => { try { localStorage.setItem(PREFIX + one.key, JSON.stringify(one)); } catch { unsaved.push(one); } };
  const drop = (one) => { if (one.name) localStorage.removeItem(one.name); else unsaved.splice(unsaved.indexOf(one), 1); };
  const waiting = () => { let kept = []; try { kept = entries(); } catch { /* a browser that keeps nothing */ } return [...kept, ...unsaved]; };

  const newKey = () => {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
    return [...b].map((x) => x.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };
  const button = (code) => document.querySelector(`[data-say="${code}"]`);
  let fading = 0;
  const tell = (text, how = "") => {
    clearTimeout(fading);
    said.textContent = text; said.className = `said ${how}`;
    // It lies over the page: what may be needed now is in it.
    if (how === "bad") said.append(document.querySelector(".danger a").cloneNode(true));
    if (!how) fading = setTimeout(() => { said.textContent = ""; }, 8000);
  };

  // Who asked for help must not believe that somebody knows.
  const kept = () => {
    const helpless = waiting().some((one) => one.said === "help");
    tell(helpless ? say.keptHelp : say.kept, helpless ? "bad" : "wait");
  };

  function mark() {
    const open = new Set(waiting().filter((one) => one.page === here).map((one) => one.said));
    for (const one of document.querySelectorAll("[data-say]")) {
      const code = one.dataset.say;
      if (open.has(code)) { one.setAttribute("aria-pressed", "true"); one.dataset.waits = ""; } else delete one.dataset.waits;
    }
    if (open.has("have_it")) aboard();
  }

  // "I have it already": what to do next must not wait for an answer.
  function aboard() {
    const next = at("aboard");
    if (!next || !next.hidden) return;
    at("now").hidden = true; next.hidden = false; next.id = "now";
    document.title = next.querySelector("h1").textContent;
    scrollTo(0, 0);
  }

  async function send(one) {
    const ends = new AbortController(), limit = setTimeout(() => ends.abort(), 12000);
    try {
      const answer = await fetch(`${one.page}/answers`, {
        method: "POST", keepalive: true, credentials: "omit", signal: ends.signal,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ key: one.key, said: one.said, age_s: Math.min(86400, Math.max(0, (Date.now() - one.at) / 1000)) }),
      });
      if (answer.ok) return "sent";
      if (answer.status === 409 && (await answer.json()).said === "overtaken") return "overtaken";
      return answer.status >= 500 || [408, 425, 429].includes(answer.status) ? "again" : "denied";
    } catch { return "again"; } finally { clearTimeout(limit); }
  }

  async function flush() {
    if (sending) return;
    sending = true; clearTimeout(timer);
    let stuck = false, denied = "", newest = null;
    try {
      for (const one of waiting()) {
        const how = await send(one);
        if (how === "again") { stuck = true; break; }
        drop(one);
        if (one.page !== here) continue;
        if (how === "sent") newest = one.said;
        else { denied = how; const tapped = button(one.said); if (tapped) tapped.setAttribute("aria-pressed", "false"); }
      }
    } finally { sending = false; }
    mark();
    if (stuck) {
      kept();
      timer = setTimeout(flush, wait); wait = Math.min(30000, wait * 2);
      return;
    }
    wait = 2000;
    if (denied) tell(denied === "overtaken" ? say.overtaken : say.failed, "bad");
    else if (newest) tell(newest === "help" ? say.help : newest === "refused" ? say.refused : say.sent);
    if (waiting().length) flush(); else if (newest || denied) look();
  }

  function tap(event) {
    const one = event.currentTarget, code = one.dataset.say;
    if (one.getAttribute("aria-pressed") === "true" && code !== "help") return;
    one.setAttribute("aria-pressed", "true");
    put({ key: newKey(), said: code, page: here, at: Date.now() });
    mark();
    if (navigator.onLine) tell("", "wait"); else kept();
    flush();
  }

  // What the office decides meanwhile is drawn anew, but never under a thumb that waits for an answer.
  async function look() {
    if (document.hidden || sending || waiting().length) return;
    try {
      const answer = await fetch(`${here}/state`, { credentials: "omit" });
      if ([404, 410].includes(answer.status)) location.reload();
      else if (answer.ok && (await answer.json()).said !== say.state) location.reload();
    } catch { /* no signal: next time */ }
  }
  const read = () => { if (!document.hidden) fetch(`${here}/looked`, { method: "POST", credentials: "omit" }).catch(() => 0); };

  function listening() {
    const listen = at("listen"), voice = window.speechSynthesis;
    if (!voice || !window.SpeechSynthesisUtterance) return;
    const words = listen.textContent;
    const ended = () => { listen.textContent = words; };
    listen.hidden = false;
    listen.addEventListener("click", () => {
      if (voice.speaking) { voice.cancel(); ended(); return; }
      const text = new SpeechSynthesisUtterance(at("now").dataset.spoken);
      text.lang = document.documentElement.lang; text.rate = 0.95;
      text.onend = text.onerror = ended;
      listen.textContent = listen.dataset.quiet;
      voice.speak(text);
    });
    addEventListener("pagehide", () => voice.cancel());
  }

  async function worker() {
    if (!("serviceWorker" in navigator)) return null;
    try {
      await navigator.serviceWorker.register(new URL("worker.js", location.href));
      const ready = await navigator.serviceWorker.ready;
      ready.active.postMessage({ keep: location.href });
      return ready;
    } catch { return null; }
  }

  async function pushing(ready) {
    const box = at("phone");
    if (!box || !ready || !ready.pushManager || !("Notification" in window)) return;
    const post = async (one) => (await fetch(`${here}/phone`, {
      method: "POST", credentials: "omit", headers: { "content-type": "application/json" }, body: JSON.stringify(one) })).ok;
    const done = (text) => { at("pushed").textContent = text; };
    const known = await ready.pushManager.getSubscription();
    if (known && await post(known).catch(() => false)) { box.hidden = false; at("push").hidden = true; done(say.pushOn); return; }
    box.hidden = false;
    at("push").addEventListener("click", async () => {
      try {
        if (await Notification.requestPermission() !== "granted") { done(say.pushDenied); return; }
        const key = Uint8Array.from(atob(say.push.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
        const one = await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
        const kept = await post(one);
        at("push").hidden = kept; done(kept ? say.pushOn : say.failed);
      } catch { done(say.pushDenied); }
    });
  }

  for (const one of document.querySelectorAll("[data-say]")) one.addEventListener("click", tap);
  addEventListener("online", () => { wait = 2000; tell(""); flush(); });
  addEventListener("offline", () => tell(say.offline, "wait"));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { flush(); look(); read(); } });
  addEventListener("pageshow", (event) => { if (event.persisted) { flush(); look(); } });
  if (!navigator.onLine) tell(say.offline, "wait");
  listening(); mark(); flush(); read();
  setInterval(() => { if (!document.hidden) look(); }, 15000);
  worker().then(pushing);
})();
