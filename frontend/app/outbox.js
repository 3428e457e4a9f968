// Weak signal: a form marked data-offline that cannot reach the server waits here, sealed, and is sent again
// with the *same* idempotency key until the server answers. The server sees the deed once, however often we try.
import { icon, make, metaContent, one, on } from "./dom.js";
import { forgetDraft } from "./drafts.js";
import { toast } from "./toast.js";
import { say, sayStatus } from "./words.js";
import * as store from "./store.js";

const LIMIT = 10 * 1024 * 1024;
let sending = false;

function secretsIn(form) {
  return [...form.elements].some((field) => (field.type === "password" || field.closest("[data-secret]")) && field.value);
}

async function put(form, body) {
  const fields = [];
  const files = [];
  let size = 0;
  for (const [name, value] of body.entries()) {
    if (value instanceof File) {
      if (!value.size) continue;
      files.push({ name, file: value });
      size += value.size;
    } else if (name !== "csrfmiddlewaretoken") fields.push([name, value]);
  }
  if (secretsIn(form) || size > LIMIT) return false;
  const label = form.dataset.offline || document.title;
  const id = body.get("idempotency_key");
  await store.keep("outbox", id, { url: form.action, fields, label, state: "waiting", page: location.href }, files);
  return true;
}

async function post(url, body) {
  return fetch(url, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": metaContent("csrf-token"), "X-Shegong-Queue": "1" },
    credentials: "same-origin",
  });
}

// A redirect to the sign-in page looks like success to fetch, but the deed was not heard.
const signedOut = (answer) =>
  answer.status === 401 || answer.headers.has("X-Shegong-Sign-In") || new URL(answer.url).pathname === (metaContent("sign-in") || "\0");

async function sendKept(id) {
  const kept = await store.fetchKept("outbox", id);
  if (!kept || kept.value.state === "refused") return;
  const body = new FormData();
  kept.value.fields.forEach(([name, value]) => body.append(name, value));
  kept.files.forEach(({ name, file }) => body.append(name, file, file.name));
  const answer = await post(kept.value.url, body);
  const { label } = kept.value;
  // Sign-in pages and server trouble are not an answer to the deed: keep waiting.
  if (answer.status >= 500 || answer.status === 429 || signedOut(answer)) return;
  if (answer.ok) {
    await store.drop("outbox", id);
    toast(say("outbox_sent", { label }), { tone: "good", link: answer.url, linkText: say("open") });
  } else {
    await store.keep("outbox", id, { ...kept.value, state: "refused", status: answer.status }, kept.files);
    toast(say("outbox_refused", { label }), { tone: "bad", link: kept.value.page, linkText: say("open") });
  }
}

export async function sendAll() {
  if (sending || !store.usable() || !navigator.onLine) return;
  sending = true;
  try {
    for (const id of await store.names("outbox")) await sendKept(id);
  } catch {
    // still no network: the next round tries again
  } finally {
    sending = false;
    show();
  }
}

async function show() {
  const ids = await store.names("outbox");
  let badge = one("#sg-outbox");
  if (!ids.length) return void badge?.remove();
  if (!badge) {
    badge = make("button", { type: "button", id: "sg-outbox", class: "sg-outbox", "aria-live": "polite" });
    badge.addEventListener("click", openList);
    document.body.append(badge);
  }
  badge.replaceChildren(icon("cloud-upload"), say("outbox_waiting", { count: ids.length }));
}

async function openList() {
  const dialog = make("dialog", { class: "sg-dialog", "aria-label": say("outbox_title") });
  const list = make("ul", { class: "sg-outbox-list" });
  for (const id of await store.names("outbox")) {
    const kept = await store.fetchKept("outbox", id);
    if (!kept) continue;
    const when = new Date(kept.at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
    const state = say(kept.value.state === "refused" ? "outbox_state_refused" : "outbox_state_waiting");
    const remove = make("button", { type: "button", class: "btn btn-sm btn-ghost-danger" }, say("delete"));
    remove.addEventListener("click", async () => {
      if (!confirm(say("outbox_delete_confirm"))) return;
      await store.drop("outbox", id);
      remove.closest("li").remove();
      show();
    });
    list.append(make("li", {}, make("span", {}, `${kept.value.label} · ${when} · ${state}`), remove));
  }
  const retry = make("button", { type: "button", class: "btn btn-primary" }, say("outbox_retry"));
  const close = make("button", { type: "button", class: "btn" }, say("close"));
  retry.addEventListener("click", () => {
    dialog.close();
    sendAll();
  });
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(make("h2", {}, say("outbox_title")), list, make("div", { class: "btn-list" }, retry, close));
  document.body.append(dialog);
  dialog.showModal();
}

async function submit(event, form) {
  if (event.defaultPrevented || !store.usable()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const body = new FormData(form, event.submitter);
  try {
    const answer = await post(form.action, body);
    if (signedOut(answer)) {
      const kept = await put(form, body);
      toast(say(kept ? "outbox_sign_in" : "outbox_cannot_wait"), { tone: "bad", link: answer.url, linkText: say("sign_in") });
      if (kept) show();
      return;
    }
    if (answer.ok) {
      await forgetDraft(form);
      form.dataset.sent = "1";
      location.assign(answer.url);
      return;
    }
    await showAnswer(form, answer);
  } catch (failure) {
    if (!(failure instanceof TypeError)) throw failure; // fetch reports a lost network as TypeError
    if (await put(form, body)) {
      await forgetDraft(form);
      form.reset();
      form.dispatchEvent(new CustomEvent("sg:queued", { bubbles: true }));
      toast(say("outbox_kept"), { tone: "plain", lasting: true });
      show();
    } else toast(say("outbox_cannot_wait"), { tone: "bad" });
  } finally {
    form.dispatchEvent(new CustomEvent("sg:answered", { bubbles: true }));
  }
}

// A refused form comes back as a whole page: show its version of the form, with the errors, in place of ours.
async function showAnswer(form, answer) {
  const incident = answer.headers.get("X-Incident") || "";
  if (answer.status === 422 || answer.status === 409 || answer.status === 400) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = (form.id && page.getElementById(form.id)) || page.querySelector("main form, #panel-body > *, .sg-conflict");
    if (fresh) {
      const element = document.importNode(fresh, true);
      form.replaceWith(element);
      window.htmx?.process(element);
      document.dispatchEvent(new CustomEvent("htmx:afterSettle", { detail: { elt: element } }));
      return;
    }
  }
  toast(sayStatus(answer.status, incident), { tone: "bad" });
}

export function startOutbox() {
  if (!store.usable()) return;
  on("submit", "form[data-offline]", submit, true);
  addEventListener("online", sendAll);
  show();
  sendAll();
  setInterval(sendAll, 30000);
}
