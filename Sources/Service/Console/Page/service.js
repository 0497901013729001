// What the page knows of the service, and how it asks.

/** The phrases, candidates and the rest, as the service last told them. */
export const known = { phrases: [], candidates: [], history: [], microphone: {}, microphones: [], canSpeak: false, canChoose: false };

/** Tells parts of the page what changed: events named as those of the feed, and `state`, `link`, `locked`. */
export const changes = new EventTarget();

export function tell(name, detail) {
  changes.dispatchEvent(new CustomEvent(name, { detail }));
}

export function on(name, handle) {
  changes.addEventListener(name, (event) => handle(event.detail));
}

/** Why the service refused, with what to do. */
export class Refusal extends Error {
  constructor(status, error, remedy) {
    super(error);
    this.status = status;
    this.remedy = remedy;
  }
}

/** Asks for JSON; waits and asks once more where the service says that it was asked too often. */
export async function ask(path, { method = "GET", body, signal, again = true } = {}) {
  const isFile = body instanceof Blob;
  const response = await request(path, {
    method,
    signal,
    headers: body === undefined ? {} : { "Content-Type": isFile ? "application/octet-stream" : "application/json" },
    body: body === undefined ? undefined : isFile ? body : JSON.stringify(body),
  });
  if (response.status === 429 && again) {
    const seconds = Math.min(10, Number(response.headers.get("Retry-After")) || 1);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return ask(path, { method, body, signal, again: false });
  }
  if (!response.ok) throw await refusal(response);
  return response.json();
}

/** A phrase's sound as a file. */
export async function sound(wish) {
  const response = await request("api/sound", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish),
  });
  if (!response.ok) throw await refusal(response);
  return response.blob();
}

async function request(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "the service does not answer", "check that it is running and that this machine can reach it");
  }
}

async function refusal(response) {
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401) tell("locked");
  return new Refusal(
    response.status, answer.error || `the service returned status ${response.status}`, answer.remedy || "try again");
}

/** Asks for everything anew. */
export async function refresh() {
  const state = await ask("api/state");
  Object.assign(known, { problem: undefined, phrases: [] }, state);
  // By this machine's clock: that of a device may be anything.
  const behind = Date.now() - state.milliseconds;
  for (const event of [...known.candidates, ...known.history]) event.at = event.milliseconds + behind;
  tell("state");
}

let source;
let late;

/** Watches the feed; the browser itself comes back after an interruption. */
export function watch() {
  source?.close();
  source = new EventSource("api/feed");
  source.onopen = () => {
    tell("link", "live");
    refresh().catch(() => tell("link", "lost"));
  };
  source.onerror = () => {
    tell("link", "lost");
    // Where the service refused, the browser gives up.
    if (source.readyState === EventSource.CLOSED) {
      clearTimeout(late);
      late = setTimeout(comeBack, 4000);
    }
  };
  for (const name of ["level", "candidate", "phrases", "microphone", "notice", "resync"]) {
    source.addEventListener(name, (event) => take(name, JSON.parse(event.data)));
  }
}

async function comeBack() {
  try {
    await refresh();
  } catch (refusal) {
    // The token was changed: the page asks for it.
    if (refusal.status === 401) return;
  }
  watch();
}

function take(name, detail) {
  if (name === "phrases" || name === "resync") {
    refresh().catch(() => {});
  } else if (name === "candidate") {
    detail.at = Date.now();
    known.candidates.push(detail);
    const first = Date.now() - 70_000;
    while (known.candidates.length > 1000 || known.candidates[0]?.at < first) known.candidates.shift();
    if (detail.detected) known.history = [...known.history, detail].slice(-200);
  } else if (name === "microphone") {
    known.microphones[detail.index || 0] = detail;
    if (!detail.index) known.microphone = detail;
  }
  tell(name, detail);
}
