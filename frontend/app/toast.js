// Short messages at the edge of the page. Failures stay until closed; the rest go after six seconds.
import { icon, make, one, on } from "./dom.js";
import { say } from "./words.js";

function shelf() {
  let element = one("#sg-toasts");
  if (!element) {
    element = make("div", { id: "sg-toasts", class: "sg-toasts" });
    document.body.append(element);
  }
  return element;
}

export function toast(text, { tone = "plain", link = null, linkText = "", lasting = tone === "bad" } = {}) {
  const signs = { good: "circle-check", bad: "alert-triangle", plain: "bell" };
  const close = make("button", { type: "button", class: "btn-close", "aria-label": say("close"), "data-close-toast": true });
  const body = make("div", { class: "sg-toast-text" }, text);
  if (link) body.append(" ", make("a", { href: link }, linkText));
  const role = tone === "bad" ? "alert" : "status";
  const element = make("div", { class: `sg-toast sg-toast-${tone}`, role }, icon(signs[tone] || "bell"), body, close);
  shelf().append(element);
  if (!lasting) setTimeout(() => element.remove(), 6000);
  return element;
}

export function startToasts() {
  on("click", "[data-close-toast]", (event, button) => button.closest(".sg-toast").remove());
  document.addEventListener("sg:toast", (event) => toast(event.detail.text || "", event.detail));
}
