// htmx: what each answer means, panels, and a dead network said in words.
import { one, on } from "./dom.js";
import { hasUnsaved, letGo } from "./forms.js";
import { metaContent } from "./dom.js";
import { toast } from "./toast.js";
import { say, sayStatus } from "./words.js";

function panel() {
  return one("#sg-panel");
}

function closePanel() {
  const dialog = panel();
  if (!dialog?.open) return;
  if (hasUnsaved(dialog) && !confirm(say("unsaved"))) return;
  letGo(dialog);
  dialog.close();
}

let opener = null;

export function startRequests() {
  // An expired session answers with the sign-in page: go there, never paste it into a panel.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const at = xhr.responseURL ? new URL(xhr.responseURL).pathname : "";
    if (at && at === metaContent("sign-in")) {
      event.detail.shouldSwap = false;
      location.assign(xhr.responseURL);
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "panel-body") return;
    const dialog = panel();
    if (dialog && !dialog.open) {
      opener = document.activeElement;
      dialog.showModal();
    }
    // The panel's title and its first field, not the close button, are what a reader needs first.
    const first = one("[autofocus], [aria-invalid=true], input:not([type=hidden]), select, textarea", dialog);
    first?.focus();
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    toast(sayStatus(xhr.status, xhr.getResponseHeader("X-Incident") || ""), { tone: "bad" });
  });
  document.addEventListener("htmx:sendError", () => toast(sayStatus(0), { tone: "bad" }));
  document.addEventListener("htmx:timeout", () => toast(sayStatus(0), { tone: "bad" }));
  on("click", "[data-close-panel]", (event) => {
    event.preventDefault();
    closePanel();
  });
  document.addEventListener("DOMContentLoaded", () => {
    const dialog = panel();
    dialog?.addEventListener("cancel", (event) => {
      event.preventDefault();
      closePanel();
    });
    dialog?.addEventListener("close", () => opener?.focus?.());
    dialog?.addEventListener("click", (event) => event.target === dialog && closePanel());
  });
  document.addEventListener("sg:done", () => {
    const dialog = panel();
    if (dialog?.open) {
      letGo(dialog);
      dialog.close();
    }
  });
}
