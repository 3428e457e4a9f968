// Forms: one idempotency key per sending, no double sending, a question before unsaved text is lost,
// the first error in view, and the server's answer shown where the form is.
import { all, eachPart, make, metaContent, on, one } from "./dom.js";
import { forgetDraft, keepable } from "./drafts.js";
import { say } from "./words.js";

const dirty = new Set();

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // http on a LAN has no randomUUID
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function renewKey(form) {
  const holder = form.elements.namedItem("idempotency_key");
  if (holder) holder.value = newKey();
}

function ensureKey(form) {
  const holder = form.elements.namedItem("idempotency_key");
  if (holder && !holder.value) holder.value = newKey();
}

function busy(form, yes) {
  form.dataset.busy = yes ? "1" : "";
  form.setAttribute("aria-busy", String(yes));
  // Not `disabled`: a disabled submitter would drop its own name and value from what is sent.
  all("button[type=submit], button:not([type])", form).forEach((button) => button.classList.toggle("is-busy", yes));
}

function refuseSecond(event, form) {
  if (form.method !== "post") return;
  if (form.dataset.busy) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  ensureKey(form);
  busy(form, true);
  dirty.delete(form);
}

function release(form) {
  busy(form, false);
}

function asks(event) {
  for (const form of dirty) if (!form.isConnected || form.dataset.sent) dirty.delete(form);
  if (!dirty.size) return;
  event.preventDefault();
  event.returnValue = "";
}

export const hasUnsaved = (within) => [...dirty].some((form) => form.isConnected && within.contains(form));
export function letGo(within) {
  for (const form of [...dirty]) if (within.contains(form)) dirty.delete(form);
}

function focusFirstError(part) {
  const field = one("[aria-invalid=true]", part);
  if (!field) return;
  field.focus({ preventScroll: true });
  field.closest(".sg-field")?.scrollIntoView({ block: "center" });
}

function count(field) {
  const holder = field.id && document.getElementById(`${field.id}_count`);
  if (holder) holder.textContent = say("characters_left", { count: field.maxLength - field.value.length });
}

function confirmed(event, button) {
  if (!confirm(button.dataset.confirm)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

// A second page load through "back" must not carry the spent key or the busy mark.
function cameBack(event) {
  if (!event.persisted) return;
  all("form").forEach((form) => {
    release(form);
    renewKey(form);
  });
}

export function startForms() {
  on("click", "button[data-confirm]", confirmed, true);
  on("submit", "form", refuseSecond, true);
  on("input", "form[method=post]", (event, form) => {
    if (keepable(event.target)) dirty.add(form);
    if (event.target.maxLength > 0) count(event.target);
  });
  document.addEventListener("sg:answered", (event) => release(event.target));
  document.addEventListener("sg:queued", (event) => renewKey(event.target));
  document.addEventListener("reset", (event) => dirty.delete(event.target));
  addEventListener("beforeunload", asks);
  addEventListener("pageshow", cameBack);
  eachPart(focusFirstError);
  on("change", "select[data-go], input[data-go]", (event, field) => field.form.requestSubmit());
  on("change", "input[type=file]", (event, field) => listFiles(field));
}

function listFiles(field) {
  const list = one("[data-files]", field.closest(".sg-upload") || document.createElement("i"));
  if (!list) return;
  const limit = Number(field.dataset.maxBytes || 0);
  list.replaceChildren(
    ...[...field.files].map((file) => {
      const heavy = limit && file.size > limit;
      const size = file.size < 1048576 ? `${Math.ceil(file.size / 1024)} KB` : `${(file.size / 1048576).toFixed(1)} MB`;
      return make("li", { class: heavy ? "text-danger" : "" }, `${file.name} · ${size}${heavy ? ` · ${say("file_too_big")}` : ""}`);
    }),
  );
}

export function wireHtmxForms() {
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = metaContent("csrf-token");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt?.closest?.("form");
    if (!form) return;
    release(form);
    if (event.detail.successful) {
      forgetDraft(form);
      renewKey(form);
      dirty.delete(form);
    } else if (form.isConnected && form.method === "post") dirty.add(form);
  });
}
