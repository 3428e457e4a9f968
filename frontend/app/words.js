// Messages the scripts show. The server renders them translated into <script type="application/json" id="sg-words">.
let words = null;

export function say(key, values = {}) {
  if (!words) {
    const holder = document.getElementById("sg-words");
    words = holder ? JSON.parse(holder.textContent) : {};
  }
  return (words[key] || key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

// What a failed answer means, in words, with the incident number to quote to the office.
export function sayStatus(status, incident = "") {
  const known = [0, 403, 404, 409, 413, 422, 429, 500, 503].includes(status) ? `error_${status}` : "error_other";
  const number = incident ? ` ${say("incident", { incident })}` : "";
  return say(known, { status }) + number;
}
