// Builds shegong/ui/static/ui/ from frontend/ and node_modules:
//   shegong.css  Tabler, cut down to the selectors our templates use, then our own layer
//   boot.js      runs before first paint: trusted types, theme, text size
//   app.js       behaviour of every page;  charts.js  only where a chart is shown
//   icons.svg    one <symbol> for each icon named in a template or in Python; logo.svg as it is
// Run by `npm run build`; `--watch` repeats on change. Output is never committed.
import { cp, mkdir, readFile, readdir, rename, rm, stat, watch, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { PurgeCSS } from "purgecss";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const DONE = path.join(ROOT, "shegong/ui/static/ui");
const OUT = path.join(ROOT, "build/ui"); // takes the place of DONE only when everything was built
const packageFile = (name) => path.join(ROOT, "node_modules", name);

async function* walk(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === "__pycache__" || entry.name === "static" || entry.name.startsWith(".")) continue;
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(full);
    else yield full;
  }
}

async function sources() {
  const found = { templates: [], python: [], scripts: [] };
  for await (const file of walk(path.join(ROOT, "shegong"))) {
    if (file.includes("/templates/") && file.endsWith(".html")) found.templates.push(file);
    else if (file.endsWith(".py") && !file.includes("/migrations/")) found.python.push(file);
  }
  for await (const file of walk(path.join(ROOT, "frontend"))) {
    if (file.endsWith(".js")) found.scripts.push(file);
  }
  for (const list of Object.values(found)) list.sort(); // same input, same output
  return found;
}

// Selectors Tabler needs that no template spells out: states set by scripts and by the browser.
const SAFE = { standard: ["show", "active", "disabled", "collapsed", "is-invalid", "is-valid"], greedy: [/data-bs-theme/, /prefers-/] };

async function styles(found) {
  const tabler = await readFile(packageFile("@tabler/core/dist/css/tabler.css"), "utf8");
  const widgets = found.python.filter((file) => file.includes("/shegong/ui/") && !file.includes("/tests/"));
  const [kept] = await new PurgeCSS().purge({
    content: [...found.templates, ...found.scripts, ...widgets],
    css: [{ raw: tabler.replace(/\/\*# sourceMappingURL=.*?\*\//g, "") }],
    safelist: SAFE,
    keyframes: true,
    variables: false,
  });
  const own = await readFolder("frontend/css", ".css");
  const { code } = await transform(dropUnusedVariables(`${kept.css}\n${own}`), { loader: "css", minify: true, legalComments: "none", target: ["chrome90", "firefox98", "safari15.4"] });
  await writeFile(path.join(OUT, "shegong.css"), code);
}

// Tabler declares some hundred custom properties nobody reads; drop those never used in a var().
function dropUnusedVariables(css) {
  let before;
  do {
    before = css;
    const used = new Set([...css.matchAll(/var\(\s*(--[\w-]+)/g)].map((match) => match[1]));
    const keep = (name) => used.has(name) || /^--tblr-(gray|primary|blue|green|red|orange|yellow|body|border|bg|font)/.test(name);
    css = css.replace(/(--[\w-]+)\s*:[^;{}]*(?:;|(?=\}))/g, (whole, name) => (keep(name) ? whole : ""));
  } while (css !== before);
  return css;
}

async function readFolder(folder, ending) {
  const names = (await readdir(path.join(ROOT, folder))).filter((name) => name.endsWith(ending)).sort();
  return (await Promise.all(names.map((name) => readFile(path.join(ROOT, folder, name), "utf8")))).join("\n");
}

async function scripts() {
  await build({
    entryPoints: ["boot.js", "app.js", "charts.js"].map((name) => path.join(ROOT, "frontend", name)),
    outdir: OUT,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome90", "firefox98", "safari15.4"],
    legalComments: "none",
    logLevel: "warning",
  });
}

const ICON_CALL = /\bicon\(\s*["']([a-z0-9-]+)["']/g;
const ICON_WORD = /\b(?:icon|sign)["']?\s*[:=]\s*["']([a-z0-9-]+)["']/g;

async function icons(found) {
  const wanted = new Map();
  for (const file of [...found.templates, ...found.python, ...found.scripts]) {
    if (file.includes("/tests/")) continue;
    const text = await readFile(file, "utf8");
    for (const pattern of [ICON_CALL, ICON_WORD]) {
      for (const [, name] of text.matchAll(pattern)) wanted.set(name, file);
    }
  }
  const symbols = [];
  const unknown = [];
  for (const name of [...wanted.keys()].sort()) {
    await symbol(name).then((made) => symbols.push(made), () => unknown.push(`${path.relative(ROOT, wanted.get(name))}: "${name}"`));
  }
  if (unknown.length) throw new Error(`@tabler/icons has no icon of these names:\n${unknown.join("\n")}`);
  await writeFile(path.join(OUT, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}

async function symbol(name) {
  const filled = name.endsWith("-filled");
  const source = packageFile(`@tabler/icons/icons/${filled ? `filled/${name.slice(0, -7)}` : `outline/${name}`}.svg`);
  const svg = await readFile(source, "utf8");
  const body = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>[\s\S]*$/, "").replace(/\s*\n\s*/g, "").replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "");
  const paint = filled ? 'fill="currentColor"' : 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${paint}>${body}</symbol>`;
}

async function licences() {
  const parts = [];
  for (const name of ["@tabler/core", "@tabler/icons", "echarts", "zrender"]) {
    const folder = packageFile(name);
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const { version, license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
    parts.push(`${name} ${version} (${license})\n\n${file ? await readFile(path.join(folder, file), "utf8") : ""}`);
  }
  await writeFile(path.join(OUT, "LICENSES.txt"), parts.join(`\n${"-".repeat(72)}\n`));
}

async function report() {
  for (const name of (await readdir(OUT)).sort()) {
    const body = await readFile(path.join(OUT, name));
    const { size } = await stat(path.join(OUT, name));
    console.log(`${name.padEnd(14)} ${String(size).padStart(8)} bytes  ${String(gzipSync(body, { level: 9 }).length).padStart(7)} gzip`);
  }
}

async function once() {
  const started = Date.now();
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  const found = await sources();
  await Promise.all([styles(found), scripts(), icons(found), licences(), cp(path.join(ROOT, "frontend/assets"), OUT, { recursive: true })]);
  await report();
  await rm(DONE, { recursive: true, force: true });
  await mkdir(path.dirname(DONE), { recursive: true });
  await rename(OUT, DONE);
  console.log(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

try {
  await once();
} catch (error) {
  await rm(OUT, { recursive: true, force: true });
  console.error(error.message);
  process.exit(1);
}
if (process.argv.includes("--watch")) {
  console.log("watching frontend/ and shegong/ for changes");
  let waiting;
  const again = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => once().catch((error) => console.error(error.message)), 200);
  };
  for (const folder of ["frontend", "shegong"]) {
    (async () => {
      for await (const { filename } of watch(path.join(ROOT, folder), { recursive: true })) {
        if (/\.(html|py|js|css)$/.test(filename ?? "")) again();
      }
    })();
  }
}
