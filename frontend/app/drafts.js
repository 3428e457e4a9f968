// Nothing typed is lost: a form with data-draft="name" is kept, sealed, two seconds after the last key,
// and offered again (never forced) when the same form is opened within fourteen days.
import { eachPart, make, on } from "./dom.js";
import { say } from "./words.js";
import * as store from "./store.js";

const DAYS = 14 * 24 * 3600 * 1000;
const timers = new WeakMap();

const idOf = (form) => `${location.pathname}#${form.dataset.draft}`;

// Hidden, secret, password and file fields never enter a draft.
export function keepable(field) {
  return (
    field.name &&
    !field.disabled &&
    !["hidden", "password", "file", "submit", "button"].includes(field.type) &&
    !field.closest("[data-secret]") &&
    field.name !== "csrfmiddlewaretoken"
  );
}

function typed(form) {
  const kept = [];
  for (const field of form.elements) {
    if (!keepable(field)) continue;
    if (field.type === "checkbox" || field.type === "radio") {
      if (field.checked !== field.defaultChecked) kept.push({ name: field.name, value: field.value, checked: field.checked });
    } else if (field.tagName === "SELECT") {
      const chosen = [...field.selectedOptions].map((option) => option.value);
      const given = [...field.options].filter((option) => option.defaultSelected).map((option) => option.value);
      const start = given.length || field.multiple ? given : field.options.length ? [field.options[0].value] : [];
      if (chosen.join("\n") !== start.join("\n")) kept.push({ name: field.name, chosen });
    } else if (field.value !== field.defaultValue) kept.push({ name: field.name, value: field.value });
  }
  return kept;
}

function restore(form, kept) {
  for (const { name, value, checked, chosen } of kept) {
    for (const field of form.elements) {
      if (field.name !== name || !keepable(field)) continue;
      if (chosen) [...field.options].forEach((option) => (option.selected = chosen.includes(option.value)));
      else if (field.type === "checkbox" || field.type === "radio") {
        if (field.value === value) field.checked = checked;
      } else field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
}

async function save(form) {
  const kept = typed(form);
  if (kept.length) await store.keep("drafts", idOf(form), kept, [], Date.now() + DAYS);
  else await store.drop("drafts", idOf(form));
}

export async function forgetDraft(form) {
  clearTimeout(timers.get(form));
  if (form.dataset.draft && store.usable()) await store.drop("drafts", idOf(form));
}

async function offer(form) {
  form.dataset.draftSeen = "1";
  const found = await store.fetchKept("drafts", idOf(form));
  if (!found) return;
  const when = new Date(found.at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
  const back = make("button", { type: "button", class: "btn btn-sm" }, say("draft_restore"));
  const away = make("button", { type: "button", class: "btn btn-sm btn-link" }, say("draft_discard"));
  const bar = make("div", { class: "sg-notice", role: "status" }, make("span", {}, say("draft_found", { when })), back, away);
  back.addEventListener("click", () => {
    restore(form, found.value);
    bar.remove();
  });
  away.addEventListener("click", () => {
    forgetDraft(form);
    bar.remove();
  });
  form.prepend(bar);
}

export function startDrafts() {
  if (!store.usable()) return;
  store.dropExpired("drafts");
  const later = (event, form) => {
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => form.isConnected && save(form), 2000));
  };
  on("input", "form[data-draft]", later);
  on("change", "form[data-draft]", later);
  eachPart((part) => {
    const forms = part.matches?.("form[data-draft]") ? [part] : [...part.querySelectorAll("form[data-draft]")];
    forms.filter((form) => !form.dataset.draftSeen && !form.querySelector("[aria-invalid=true]")).forEach(offer);
  });
}
