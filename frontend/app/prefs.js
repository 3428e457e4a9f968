// Theme, text size and column choice stay in this browser; theme and text size also go into a cookie,
// so that the server paints the page right the first time.
import { on } from "./dom.js";

export function read(name) {
  try {
    return localStorage.getItem(`sg.${name}`);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    if (value) localStorage.setItem(`sg.${name}`, value);
    else localStorage.removeItem(`sg.${name}`);
  } catch {
    // storage switched off: the choice holds for this page only
  }
}

function cookie(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

export function startPreferences() {
  on("click", "[data-set-text]", (event, button) => {
    const value = document.documentElement.dataset.text === "large" ? "normal" : "large";
    document.documentElement.dataset.text = value;
    button.setAttribute("aria-pressed", String(value === "large"));
    remember("text", value);
    cookie("sg_text", value);
  });
  on("click", "[data-set-theme]", (event, button) => {
    const value = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    button.setAttribute("aria-pressed", String(value === "dark"));
    remember("theme", value);
    cookie("sg_theme", value);
    document.dispatchEvent(new Event("sg:theme"));
  });
}
