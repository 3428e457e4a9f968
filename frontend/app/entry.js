// Typing help: IDs and phones grouped while typing, money with thousands, full-width digits made plain.
// What is sent is always the bare value: the grouped text is put back to plain just before sending.
import { all, eachPart, on } from "./dom.js";
import { toast } from "./toast.js";
import { say } from "./words.js";

const plain = (text) => text.replace(/[\uff01-\uff5e]/g, (mark) => String.fromCharCode(mark.charCodeAt(0) - 0xfee0)).replace(/\u3000/g, " ");

const SHAPES = {
  idcard: (text) => {
    const bare = plain(text).replace(/[^0-9xX]/g, "").toUpperCase().slice(0, 18);
    return [bare.slice(0, 6), bare.slice(6, 14), bare.slice(14)].filter(Boolean).join(" ");
  },
  phone: (text) => {
    const bare = plain(text).replace(/[^0-9+]/g, "");
    return /^1\d*$/.test(bare) ? [bare.slice(0, 3), bare.slice(3, 7), bare.slice(7, 11)].filter(Boolean).join(" ") : bare;
  },
  creditcode: (text) => {
    const bare = plain(text).replace(/[^0-9a-zA-Z]/g, "").toUpperCase().slice(0, 18);
    return bare.replace(/(.{4})(?=.)/g, "$1 ");
  },
};

const BARE = { idcard: /\s/g, phone: /\s/g, creditcode: /\s/g, money: /[,\s]/g };

function shape(field) {
  if (field.dataset.entry === "money") return;
  const form = SHAPES[field.dataset.entry];
  if (!form) return;
  const atEnd = field.selectionStart === field.value.length;
  const before = field.value.slice(0, field.selectionStart).replace(/\s/g, "").length;
  const shaped = form(field.value);
  if (shaped === field.value) return;
  field.value = shaped;
  let place = shaped.length;
  if (!atEnd) for (let seen = 0, index = 0; index <= shaped.length; index += 1) {
    if (seen === before) {
      place = index;
      break;
    }
    if (shaped[index] !== " ") seen += 1;
  }
  field.setSelectionRange(place, place);
}

// 12345.5 -> 12,345.50 when the field is left; text that is no amount is left for the server to explain.
export function money(text) {
  const bare = plain(text).replace(/[,\s元￥¥]/g, "");
  const match = /^(-?)(\d+)(?:\.(\d{0,2}))?$/.exec(bare);
  if (!match) return text;
  const [, sign, whole, part = ""] = match;
  return `${sign}${whole.replace(/^0+(?=\d)/, "").replace(/\B(?=(\d{3})+$)/g, ",")}.${part.padEnd(2, "0")}`;
}

function bareAll(form) {
  all("input[data-entry]", form).forEach((field) => (field.value = plain(field.value).replace(BARE[field.dataset.entry] || /$^/, "")));
}

function shapeAll(part) {
  all("input[data-entry]", part).forEach((field) => {
    if (field.dataset.entry === "money") field.value = money(field.value);
    else if (field.value) field.value = SHAPES[field.dataset.entry]?.(field.value) ?? field.value;
  });
}

async function copy(event, button) {
  const text = button.dataset.copy || document.querySelector(button.dataset.copyFrom)?.textContent.trim() || "";
  try {
    await navigator.clipboard.writeText(text);
    toast(say("copied"), { tone: "good" });
  } catch {
    toast(say("copy_failed"), { tone: "bad" });
  }
}

export function startEntry() {
  on("input", "input[data-entry]", (event, field) => event.isComposing || shape(field));
  on("focusout", "input[data-entry=money]", (event, field) => (field.value = money(field.value)));
  on("focusin", "input[data-entry=money]", (event, field) => {
    if (!field.value.includes(",")) return;
    field.value = field.value.replace(/,/g, "");
    field.select(); // who came by the Tab key had it selected, and types over it
  });
  on("submit", "form", (event, form) => bareAll(form), true);
  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.detail.elt.closest?.("form");
    if (!form) return;
    all("input[data-entry]", form).forEach((field) => {
      const bare = plain(field.value).replace(BARE[field.dataset.entry] || /$^/, "");
      if (field.name in event.detail.parameters) event.detail.parameters[field.name] = bare;
    });
  });
  document.addEventListener("sg:answered", (event) => shapeAll(event.target));
  on("click", "[data-copy], [data-copy-from]", copy);
  eachPart(shapeAll);
}
