// Runs before first paint, from a file (the policy forbids inline scripts).
// 1. Trusted types: the only policy of the site. Markup may be parsed, because htmx swaps what our own
//    server rendered with autoescape, but text never becomes code and scripts come only from our static files.
// 2. Theme and text size, so that the page does not flash.
const root = document.documentElement;

if (window.trustedTypes && window.trustedTypes.createPolicy) {
  window.trustedTypes.createPolicy("default", {
    createHTML: (markup) => markup,
    createScript: () => {
      throw new TypeError("text may not become a script");
    },
    createScriptURL: (address) => {
      const url = new URL(address, document.baseURI);
      if (url.origin !== location.origin || !url.pathname.startsWith(root.dataset.static || "/static/")) {
        throw new TypeError(`scripts may not come from ${url.href}`);
      }
      return url.href;
    },
  });
}

function remembered(name) {
  try {
    return localStorage.getItem(`sg.${name}`);
  } catch {
    return null; // storage may be switched off; the page works without it
  }
}

const dark = matchMedia("(prefers-color-scheme: dark)");
function paint() {
  const theme = remembered("theme") || root.dataset.theme || "auto";
  root.dataset.bsTheme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
}
paint();
dark.addEventListener("change", paint);
document.addEventListener("sg:theme", paint);
const text = remembered("text");
if (text) root.dataset.text = text;
