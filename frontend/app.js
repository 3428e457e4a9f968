// The behaviour of every page. Each module starts itself on the document; nothing is exported to the page.
// Without this file the core forms still work: they are plain forms.
import { all, eachPart, make, metaContent, on, one } from "./app/dom.js";
import { startDrafts } from "./app/drafts.js";
import { startEntry } from "./app/entry.js";
import { startForms, wireHtmxForms } from "./app/forms.js";
import { startKeyboard } from "./app/keyboard.js";
import { startOutbox } from "./app/outbox.js";
import { startPreferences } from "./app/prefs.js";
import { startRequests } from "./app/requests.js";
import { usable, wipe, wipeIfAnother } from "./app/store.js";
import { startTables } from "./app/tables.js";
import { startToasts } from "./app/toast.js";

document.documentElement.classList.add("has-js");

// Charts are fetched only where a figure asks for one.
function fetchCharts(part) {
  if (!one("figure[data-chart]", part.parentElement || part) || one("script[data-charts]")) return;
  document.head.append(make("script", { src: metaContent("sg-charts"), "data-charts": true }));
}

// Signing out wipes key, drafts and queue before the server hears of it.
async function signOut(event, form) {
  if (form.dataset.wiped || !usable()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  form.dataset.wiped = "1";
  try {
    await wipe();
  } finally {
    form.submit();
  }
}

function startNavigation() {
  on("click", "[data-open-nav]", (event, button) => {
    const open = document.documentElement.classList.toggle("nav-open");
    button.setAttribute("aria-expanded", String(open));
  });
  on("click", "[data-print]", () => print());
  on("click", "[data-back]", (event) => {
    if (history.length > 1) {
      event.preventDefault();
      history.back();
    }
  });
}

async function start() {
  on("submit", "form[data-sign-out]", signOut, true);
  startToasts();
  startPreferences();
  startNavigation();
  startEntry();
  startForms();
  wireHtmxForms();
  startRequests();
  startTables();
  startKeyboard();
  eachPart(fetchCharts);
  all("[data-show-with-js]").forEach((element) => (element.hidden = false));
  try {
    await wipeIfAnother();
    startDrafts();
    startOutbox();
  } catch (failure) {
    console.warn("local drafts are off:", failure); // private windows refuse IndexedDB
  }
}

start();
