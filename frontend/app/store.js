// Encrypted local storage for unsent text. One AES-GCM key per signed-in person, made in this browser,
// not extractable, kept in IndexedDB; it and everything sealed with it are wiped when somebody else signs in
// or when the person signs out. The server also answers sign-out with Clear-Site-Data.
const NAME = "shegong";
const STORES = ["keys", "drafts", "outbox"];
const encoder = new TextEncoder();
const decoder = new TextDecoder();
let opening = null;

function open() {
  opening ||= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

async function run(store, mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const deal = database.transaction(store, mode);
    const request = act(deal.objectStore(store));
    deal.oncomplete = () => resolve(request?.result);
    deal.onerror = deal.onabort = () => reject(deal.error);
  });
}

export const owner = () => document.body?.dataset.user || "";
export const usable = () => Boolean(window.indexedDB && window.crypto?.subtle && owner());

async function key() {
  const held = await run("keys", "readonly", (store) => store.get("current"));
  if (held && held.owner === owner()) return held.key;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await run("keys", "readwrite", (store) => store.put({ owner: owner(), key: made }, "current"));
  return made;
}

async function seal(value, label) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const bytes = value instanceof ArrayBuffer ? value : encoder.encode(JSON.stringify(value));
  const additionalData = encoder.encode(label);
  return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, await key(), bytes) };
}

async function unseal(box, label, raw = false) {
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: box.iv, additionalData: encoder.encode(label) }, await key(), box.sealed);
  return raw ? plain : JSON.parse(decoder.decode(plain));
}

export async function keep(store, id, value, files = [], until = null) {
  const blobs = [];
  for (const { name, file } of files) {
    blobs.push({ about: await seal({ name, file: file.name, type: file.type }, id), body: await seal(await file.arrayBuffer(), id) });
  }
  const box = await seal(value, id);
  await run(store, "readwrite", (held) => held.put({ ...box, blobs, at: Date.now(), until }, id));
}

export async function fetchKept(store, id) {
  const box = await run(store, "readonly", (held) => held.get(id));
  if (!box) return null;
  try {
    const files = [];
    for (const { about, body } of box.blobs || []) {
      const { name, file, type } = await unseal(about, id);
      files.push({ name, file: new File([await unseal(body, id, true)], file, { type }) });
    }
    return { value: await unseal(box, id), files, at: box.at, until: box.until };
  } catch {
    await drop(store, id); // sealed with a key that is gone: unreadable for ever
    return null;
  }
}

export const drop = (store, id) => run(store, "readwrite", (held) => held.delete(id));
export const names = (store) => run(store, "readonly", (held) => held.getAllKeys());

export async function dropExpired(store) {
  for (const id of await names(store)) {
    const box = await run(store, "readonly", (held) => held.get(id));
    if (box?.until && box.until < Date.now()) await drop(store, id);
  }
}

export async function wipe() {
  for (const store of STORES) await run(store, "readwrite", (held) => held.clear());
}

// Somebody else sits here now: nothing of the former person may remain.
export async function wipeIfAnother() {
  if (!usable()) return;
  const held = await run("keys", "readonly", (store) => store.get("current"));
  if (held && held.owner !== owner()) await wipe();
}
