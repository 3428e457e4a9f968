// `/` search, `n` new, `j` `k` lists, Enter opens, `?` help, Esc closes. Never while somebody types.
import { all, one, on, typing } from "./dom.js";

const rows = () => all("[data-rows] > tr, [data-rows] > li").filter((row) => row.offsetParent);

function current() {
  return one("[data-rows] > .is-current");
}

function move(step) {
  const list = rows();
  if (!list.length) return;
  const now = current();
  const index = now ? Math.max(0, Math.min(list.length - 1, list.indexOf(now) + step)) : step > 0 ? 0 : list.length - 1;
  now?.classList.remove("is-current");
  const row = list[index];
  row.classList.add("is-current");
  row.scrollIntoView({ block: "nearest" });
  (one("a[href]", row) || row).focus({ preventScroll: true });
}

export function openHelp() {
  const dialog = one("#sg-help");
  if (dialog && !dialog.open) dialog.showModal();
}

const KEYS = {
  "/": () => one("[data-search]")?.focus(),
  n: () => one("[data-new]")?.click(),
  j: () => move(1),
  k: () => move(-1),
  "?": openHelp,
};

export function startKeyboard() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target) && event.target.matches("[data-search]")) event.target.blur();
    if (typing(event.target) || one("dialog[open]")) return;
    const act = KEYS[event.key];
    if (act) {
      event.preventDefault();
      act();
    } else if (event.key === "Enter" && current() && (event.target === document.body || event.target === current())) {
      one("a[href]", current())?.click();
    }
  });
  on("click", "[data-help]", (event) => {
    event.preventDefault();
    openHelp();
  });
}
