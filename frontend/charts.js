// Draws <figure data-chart="bar|hbar|line"> from the <table> inside it: the table is the truth, the picture its view.
// First column = label, each further column with data-series = one series. No markup is made from text.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, SVGRenderer]);

// Okabe and Ito's colour-blind-safe set, darkened to hold 3:1 on white, lightened on dark; order = meaning.
const LIGHT = ["#0067a8", "#c75300", "#00795a", "#a64d86", "#7a6a00", "#4a4a4a", "#1f8fc4", "#8a3b12"];
const DARK = ["#5cb3f0", "#f0914a", "#3fc49c", "#dd93bf", "#d8c640", "#b8bcc4", "#8fd3ff", "#e8a27f"];
const drawn = new Map();

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function readTable(table) {
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  const series = heads.map((head, column) => ({ column, name: head.dataset.series, tone: head.dataset.tone, links: [] })).filter(({ name }) => name);
  const labels = [];
  series.forEach((each) => (each.values = []));
  for (const row of table.tBodies[0].rows) {
    if (row.dataset.total !== undefined) continue;
    labels.push(row.cells[0].textContent.trim());
    for (const each of series) {
      const cell = row.cells[each.column];
      const raw = cell?.dataset.value;
      each.values.push(raw === undefined || raw === "" ? null : Number(raw)); // suppressed stays a gap, never 0
      each.links.push(cell?.querySelector("a[href]")?.href || row.querySelector("a[href]")?.href || "");
    }
  }
  return { labels, series };
}

const grouped = (value) => (value == null ? "" : String(value).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ","));

function options(figure, { labels, series }) {
  const kind = figure.dataset.chart;
  const dark = document.documentElement.dataset.bsTheme === "dark";
  const palette = dark ? DARK : LIGHT;
  const ink = css("--tblr-body-color") || (dark ? "#dce1e7" : "#1f2937");
  const quiet = dark ? "#9aa4b2" : "#5b6472";
  const size = document.documentElement.dataset.text === "large" ? 15 : 12;
  const flat = kind === "hbar";
  const direct = labels.length * series.length <= 14;
  const line = css("--tblr-border-color") || "#d9dee5";
  const names = { type: "category", data: labels, inverse: flat, axisTick: { show: false }, axisLine: { lineStyle: { color: line } }, axisLabel: { color: quiet, fontSize: size, hideOverlap: true, ...(flat ? { width: 130, overflow: "truncate" } : {}) } };
  const values = { type: "value", min: (range) => Math.min(0, range.min), splitNumber: 4, axisLabel: { color: quiet, fontSize: size, formatter: grouped, hideOverlap: true }, splitLine: { lineStyle: { color: line } } };
  return {
    color: palette,
    animation: !calm.matches,
    animationDuration: 250,
    textStyle: { fontFamily: css("--tblr-body-font-family") || "sans-serif", color: ink },
    aria: { enabled: false }, // the figure's caption and table already say it
    grid: { left: 8, right: direct && flat ? 56 : 20, top: series.length > 1 ? 36 : 16, bottom: 4, outerBoundsMode: "same" },
    legend: series.length > 1 ? { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: { color: ink, fontSize: size } } : undefined,
    // richText draws the tip as SVG; the default builds markup with style attributes, which our policy forbids.
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, valueFormatter: (value) => `${grouped(value)} ${figure.dataset.unit || ""}`.trim(), backgroundColor: dark ? "#1f2733" : "#ffffff", borderColor: line, textStyle: { color: ink, fontSize: size } },
    xAxis: flat ? values : names,
    yAxis: flat ? names : values,
    series: series.map((each, index) => ({
      name: each.name,
      type: kind === "line" ? "line" : "bar",
      data: each.values,
      color: palette[(each.tone ? Number(each.tone) : index) % palette.length],
      symbolSize: 6,
      connectNulls: false,
      barMaxWidth: 28,
      itemStyle: kind === "line" ? undefined : { borderRadius: flat ? [0, 3, 3, 0] : [3, 3, 0, 0] },
      label: { show: direct, position: flat ? "right" : "top", color: ink, fontSize: size, formatter: ({ value }) => grouped(value) },
    })),
  };
}

function draw(figure) {
  const canvas = figure.querySelector("[data-chart-place]");
  const table = figure.querySelector("table");
  if (!canvas || !table || drawn.has(figure)) return;
  const content = readTable(table);
  canvas.hidden = false;
  if (figure.dataset.chart === "hbar") canvas.style.height = `${3 + Math.min(24, content.labels.length) * (1 + content.series.length)}rem`;
  const chart = init(canvas, null, { renderer: "svg" });
  chart.setOption(options(figure, content));
  chart.on("click", ({ seriesIndex, dataIndex }) => {
    const link = content.series[seriesIndex]?.links[dataIndex];
    if (link) location.assign(link);
  });
  new ResizeObserver(() => chart.resize()).observe(canvas);
  drawn.set(figure, { chart, content });
}

function save(event) {
  const button = event.target.closest?.("[data-chart-save]");
  if (!button) return;
  const svg = button.closest("figure").querySelector("[data-chart-place] svg");
  if (!svg) return;
  const copy = svg.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const file = new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${button.dataset.chartSave || "chart"}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const drawAll = () => document.querySelectorAll("figure[data-chart]").forEach(draw);
const redraw = () => {
  for (const [figure, { chart, content }] of drawn) {
    if (figure.isConnected) chart.setOption(options(figure, content), true);
    else {
      chart.dispose();
      drawn.delete(figure);
    }
  }
};

drawAll();
document.addEventListener("htmx:afterSettle", drawAll);
document.addEventListener("click", save);
new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme", "data-text"] });
