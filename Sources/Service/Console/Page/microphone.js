// The microphone: how loud it is, what is wrong, and which one it is.
import { ask, changes, known, on } from "./service.js";
import { byId, element, minus, problem, sentence } from "./parts.js";

const floor = -80;
let held = { peak: floor, until: 0 };
let loudest = [];

const share = (decibels) => Math.min(1, Math.max(0, 1 - decibels / floor));

function showLevel(level) {
  const peak = level.peak ?? floor;
  const mean = level.rms ?? floor;
  const now = Date.now();
  if (peak >= held.peak || now > held.until) held = { peak, until: now + 1500 };
  loudest.push({ peak, clipping: level.clipping, now });
  loudest = loudest.filter((one) => now - one.now < 10_000);
  const meter = byId("meter");
  meter.querySelector(".fill").style.transform = `scaleX(${share(mean)})`;
  meter.querySelector(".peak").style.left = `calc(${100 * share(held.peak)}% - 3px)`;
  meter.classList.toggle("clipping", level.clipping);
  meter.setAttribute("aria-valuenow", Math.round(Math.max(floor, mean)));
  meter.setAttribute("aria-valuetext", `${Math.round(mean)} decibels, peak ${Math.round(peak)}`);
  const number = (decibels) => (decibels === null ? "−∞" : minus(decibels.toFixed(0)));
  byId("level-text").textContent = `${number(level.rms)} dBFS, peak ${number(level.peak)} dBFS`;
}

/** The loudest peak of the last seconds, for who wonders why nothing was heard. */
export function loudestPeak(milliseconds) {
  const first = Date.now() - milliseconds;
  return Math.max(floor, ...loudest.filter((one) => one.now >= first).map((one) => one.peak));
}

/** What the service says about the level. */
function showVerdict() {
  const microphone = known.microphone;
  const text = microphone.condition === "listening" && microphone.advice ? sentence(microphone.advice) : "";
  const note = byId("level-verdict");
  // A screen reader reads each change.
  if (note.textContent !== text) note.textContent = text;
  note.className = microphone.levelProblem ? "note warn" : "note";
}

/** What a microphone does, in a sentence. */
function describe(microphone) {
  const { name, device, condition } = microphone;
  const called = name && name !== device ? `${name} (${device})` : device;
  if (condition === "none") return "This service runs without a microphone and processes only audio from its clients.";
  if (condition === "listening") return `Listening to ${called}.`;
  return sentence(microphone.reason || `${called} cannot be used`) + (condition === "waiting" ? " Retrying." : "");
}

function showState() {
  const microphone = known.microphone;
  const state = byId("microphone-state");
  state.className = "state";
  state.replaceChildren(describe(microphone));
  if (microphone.condition === "waiting") state.className = "note warn";
  if (microphone.condition === "failed") state.className = "note bad";
  for (const other of known.microphones.slice(1)) state.append(element("br"), describe(other));
  const isHeard = microphone.condition !== "none";
  for (const part of [byId("meter"), byId("meter").nextElementSibling, byId("level-text").parentElement]) part.hidden = !isHeard;
  byId("microphone-choice").hidden = !known.canChoose;
  const seconds = microphone.heardSeconds || 0;
  const lost = (microphone.lostSamples || 0) / 16;
  const dropped = (microphone.droppedSamples || 0) / 16;
  showHealth([
    ["Listened for", duration(seconds)],
    ["Lost by the sound card", lost ? `${Math.ceil(lost)} ms in ${microphone.overruns} overruns` : "nothing"],
    ["Dropped by the service", dropped ? `${Math.ceil(dropped)} ms` : "nothing"],
    ["Reconnected", times(microphone.reconnects)],
    ["Suspended", times(microphone.suspensions)],
  ]);
  byId("health").hidden = !isHeard;
  showVerdict();
}

const times = (count) => (count ? `${count} time${count === 1 ? "" : "s"}` : "never");

function duration(seconds) {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

function showHealth(rows) {
  byId("health").replaceChildren(
    ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

async function listDevices() {
  if (!known.canChoose) return;
  const choice = byId("device");
  try {
    const list = await ask("api/microphones");
    const names = list.devices.map((device) => device.name);
    const options = list.devices.map((device) =>
      element("option", { value: device.name }, device.description ? `${device.name}: ${device.description}` : device.name));
    if (list.current && !names.includes(list.current)) {
      options.unshift(element("option", { value: list.current }, list.current));
    }
    choice.replaceChildren(...options);
    choice.value = known.microphone.device || list.current;
  } catch (refusal) {
    byId("microphone-choice").append(problem(refusal));
  }
}

async function choose() {
  byId("microphone-choice").querySelectorAll(".bad").forEach((note) => note.remove());
  loudest = [];
  try {
    await ask("api/microphone", { method: "POST", body: { device: byId("device").value } });
  } catch (refusal) {
    byId("microphone-choice").append(problem(refusal));
  }
}

export function startMicrophone() {
  on("level", showLevel);
  on("microphone", () => {
    showState();
    if (byId("device").value !== known.microphone.device) byId("device").value = known.microphone.device;
  });
  on("state", showState);
  byId("device").addEventListener("change", choose);
  byId("device-refresh").addEventListener("click", listDevices);
  changes.addEventListener("state", listDevices, { once: true });
}
