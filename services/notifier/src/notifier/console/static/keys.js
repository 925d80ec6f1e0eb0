// Keys for what is on the page. Never while somebody types, never with Ctrl, Alt or Meta, and not at all once they are
// switched off (WCAG 2.1.4).
"use strict";

const OFF = "pickup-keys-off";
const keySwitch = document.getElementById("keys-switch");
const keysOn = () => localStorage.getItem(OFF) === null;

function showSwitch() {
  if (!keySwitch) return;
  keySwitch.setAttribute("aria-pressed", String(keysOn()));
  keySwitch.textContent = keysOn() ? "Shortcuts are on" : "Shortcuts are off";
}

const typing = (at) => at instanceof HTMLElement
  && (at.isContentEditable || at.matches("textarea, select, input:not([type=checkbox]):not([type=radio])"));

const alertsHere = () => [...document.querySelectorAll("[data-alert]")];
const current = () => document.activeElement?.closest("[data-alert]");
const handle = (one) => one.matches("details") ? one.querySelector("summary") : one.querySelector("a.open");

function move(by) {
  const all = alertsHere();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  handle(next)?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
}

function press(key) {
  const where = current() ?? (document.querySelector("main[data-list]") ? alertsHere()[0] : document);
  const found = where?.querySelector(`[data-key="${key}"]`);
  if (found?.matches("summary")) {
    const box = found.parentElement;
    for (const other of document.querySelectorAll("details.act[open]")) if (other !== box) other.open = false;
    box.open = true;
    // Where a press would say what is not so yet, the text is read first.
    (box.querySelector("[data-first]") ?? box.querySelector("select, button"))?.focus();
  } else if (found) found.click();
  return Boolean(found);
}

function go(key) {
  if (key === "j") return move(1) ?? true;
  if (key === "k") return move(-1) ?? true;
  if (key === "l") return location.assign("/") ?? true;
  if (key === "g") return location.assign("/handover") ?? true;
  if (key === "/") {
    const box = document.querySelector('[data-focus="/"]');
    return (box ? box.focus() : location.assign("/search")) ?? true;
  }
  if (key === "?") {
    const help = document.getElementById("keys");
    help.open = true;
    return help.querySelector("summary").focus() ?? true;
  }
  if (key === "Escape") {
    const open = document.querySelector("details.act[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
    return Boolean(open);
  }
  const box = document.querySelector(`[data-focus="${CSS.escape(key)}"]`);
  if (box) return box.focus() ?? true;
  if (press(key)) return true;
  const one = document.querySelector("main[data-list]") && key === "h" && (current() ?? alertsHere()[0]);
  if (!one) return false;
  return location.assign(`${one.querySelector("a.open").href}#hold`) ?? true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.key === "Escape" ? !document.querySelector("details.act[open]") : typing(event.target)) return;
  if (!keysOn() || event.key.length > 1 && event.key !== "Escape") return;
  if (go(event.key)) event.preventDefault();
});

keySwitch?.addEventListener("click", () => {
  if (keysOn()) localStorage.setItem(OFF, "1");
  else localStorage.removeItem(OFF);
  showSwitch();
});
showSwitch();
if (location.hash === "#hold") press("h");

const printer = document.getElementById("print");
if (printer) {
  printer.hidden = false;
  printer.addEventListener("click", () => print());
}
