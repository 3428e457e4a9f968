// Lists: choice of columns (remembered), selection for bulk deeds, and "more".
import { all, eachPart, one, on } from "./dom.js";
import { read, remember } from "./prefs.js";
import { say } from "./words.js";

let sheet = null;

// One constructed style sheet hides the columns, so rows fetched later obey it too.
function hideColumns() {
  if (!("adoptedStyleSheets" in document)) return;
  const rules = all("table[data-table]").flatMap((table) => {
    const name = CSS.escape(table.dataset.table);
    return hidden(table.dataset.table).map((column) => `table[data-table="${name}"] [data-col="${CSS.escape(column)}"]{display:none}`);
  });
  if (!sheet) {
    sheet = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }
  sheet.replaceSync(rules.join("\n"));
}

const hidden = (table) => (read(`cols.${table}`) || "").split(",").filter(Boolean);

function chooseColumn(event, box) {
  const table = box.dataset.columnOf;
  const kept = new Set(hidden(table));
  if (box.checked) kept.delete(box.value);
  else kept.add(box.value);
  remember(`cols.${table}`, [...kept].join(","));
  hideColumns();
}

function showSelection(table) {
  const boxes = all("input[data-select]", table);
  const chosen = boxes.filter((box) => box.checked).length;
  const bar = document.getElementById(`${table.dataset.table}-bulk`);
  const top = one("input[data-select-all]", table);
  if (top) {
    top.checked = chosen > 0 && chosen === boxes.length;
    top.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  if (!bar) return;
  bar.hidden = chosen === 0;
  const holder = one("[data-selected-count]", bar);
  if (holder) holder.textContent = say("selected", { count: chosen });
}

export function startTables() {
  on("change", "input[data-column-of]", chooseColumn);
  on("change", "input[data-select-all]", (event, box) => {
    const table = box.closest("table");
    all("input[data-select]", table).forEach((each) => (each.checked = box.checked));
    showSelection(table);
  });
  on("change", "input[data-select]", (event, box) => showSelection(box.closest("table")));
  on("click", "[data-clear-selection]", (event, button) => {
    const table = one(`table[data-table="${CSS.escape(button.dataset.clearSelection)}"]`);
    all("input[data-select]", table).forEach((box) => (box.checked = false));
    showSelection(table);
  });
  eachPart(() => {
    all("input[data-column-of]").forEach((box) => (box.checked = !hidden(box.dataset.columnOf).includes(box.value)));
    hideColumns();
    all("table[data-table]").forEach(showSelection);
  });
  // Only one <details> menu at a time, and a click elsewhere or Esc closes it.
  const closeMenus = (except) => all("details.sg-menu[open]").forEach((menu) => menu !== except && (menu.open = false));
  document.addEventListener("click", (event) => closeMenus(event.target.closest?.("details.sg-menu")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && one("details.sg-menu[open]");
    if (!menu) return;
    menu.open = false;
    one("summary", menu).focus();
  });
}
