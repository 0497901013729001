// How many false alarms an hour a phrase may give: a slider on a logarithmic scale, and what goes with it.
import { ask, known } from "./service.js";
import { afterPause, element, logistic, rateText, rateWords, scoreText, toast } from "./parts.js";

const least = -2;
const most = 1;

/** A phrase's slider. `phrase.curve` is what the service found out of the phrase, once it was asked. */
export function makeThreshold(phrase, number) {
  const id = `allowed-${number}`;
  const input = element("input", {
    id, type: "range", min: least, max: most, step: 0.05, value: -1, disabled: true, "aria-describedby": `${id}-what`,
  });
  const output = element("output", { for: id }, "…");
  const what = element("p", { class: "trace-text", id: `${id}-what` }, `Threshold ${scoreText(phrase.threshold)}.`);
  const part = element(
    "div", { class: "threshold" },
    element("label", { for: id }, element("span", {}, "False alarms allowed"), output), input,
    element("div", { class: "ends", "aria-hidden": "true" }, element("span", {}, "fewer false alarms"), element("span", {}, "fewer misses")),
    what);
  // While it is moved, what is stored meanwhile must not move it back.
  let isMoving = false;
  const keep = afterPause(400, () => store(phrase, 10 ** Number(input.value), () => {
    isMoving = false;
    show(phrase, input, output, what);
  }));
  input.addEventListener("input", () => {
    isMoving = true;
    preview(phrase, input, output, what);
  });
  input.addEventListener("change", keep);
  whenSeen(part, () => load(phrase, input, output, what));
  return { part, show: () => { if (!isMoving) show(phrase, input, output, what); } };
}

function show(phrase, input, output, what) {
  if (!phrase.curve) return;
  const rate = rateAt(phrase.curve, phrase.logit);
  input.value = Math.log10(Math.max(rate, 1e-6));
  describe(phrase, phrase.logit, rate, input, output, what);
}

function preview(phrase, input, output, what) {
  const rate = 10 ** Number(input.value);
  describe(phrase, logitFor(phrase.curve, rate), rate, input, output, what);
}

function describe(phrase, logit, rate, input, output, what) {
  output.textContent = `${rateText(rate)} an hour`;
  const missed = missesAt(phrase.curve, logit);
  const misses = missed === undefined ? "" : ` At this threshold, a typical phrase is missed ${Math.round(100 * missed)}% of the time.`;
  what.textContent = `About ${rateWords(rate)}, estimated from ${phrase.hours.toFixed(1)} h of speech. Threshold `
    + `${scoreText(logistic(logit))}.${misses}`;
  input.setAttribute("aria-valuetext", `${rateText(rate)} false alarms an hour, threshold ${scoreText(logistic(logit))}`);
}

// Phrases are tried one after the other, so that a long list does not keep the device busy.
let queue = Promise.resolve();

function load(phrase, input, output, what) {
  queue = queue.then(async () => {
    try {
      const answer = await ask("api/forecast", { method: "POST", body: { phrase: phrase.phrase } });
      if (!answer.curve) {
        output.textContent = "unknown";
        what.textContent = `Threshold ${scoreText(phrase.threshold)}. The false alarm rate is unknown, because the model has `
          + "no background file.";
        return;
      }
      Object.assign(phrase, { curve: answer.curve, hours: answer.hours, threshold: answer.threshold, logit: answer.logit });
      input.disabled = false;
      show(phrase, input, output, what);
    } catch (refusal) {
      output.textContent = "unknown";
      what.textContent = `${refusal.message}: ${refusal.remedy}`;
    }
  });
}

/** Stores a threshold for so many false alarms an hour; who waits sees it at once. */
export async function store(phrase, rate, done) {
  try {
    const answer = await ask("api/threshold", { method: "POST", body: { phrase: phrase.phrase, falseAlarmsPerHour: rate } });
    phrase.threshold = answer.threshold;
    phrase.logit = answer.logit;
    const shared = known.phrases.find((one) => one.phrase === phrase.phrase);
    if (shared) Object.assign(shared, { threshold: answer.threshold, logit: answer.logit });
    toast(`“${phrase.phrase}”: threshold set to ${answer.thresholdText}.`);
  } catch (refusal) {
    toast(`Not saved: ${refusal.message}; ${refusal.remedy}.`);
  }
  done();
}

/** The expected rate at a logit; between two points its logarithm goes straight. */
export function rateAt(curve, logit) {
  const [low, high, way] = around(curve, (point) => point.logit - logit);
  const [a, b] = [low, high].map((point) => Math.log(Math.max(point.falseAlarmsPerHour, 1e-9)));
  return Math.exp(a + way((point) => point.logit, logit) * (b - a));
}

/** The logit that goes with a rate. */
export function logitFor(curve, rate) {
  const wanted = Math.log(rate);
  const value = (point) => Math.log(Math.max(point.falseAlarmsPerHour, 1e-9));
  const [low, high, way] = around(curve, (point) => wanted - value(point));
  return low.logit + way(value, wanted) * (high.logit - low.logit);
}

function missesAt(curve, logit) {
  return around(curve, (point) => point.logit - logit)[0].missShare;
}

/** The points before and after where a rising difference becomes positive, and how far between them a value is. */
function around(curve, difference) {
  let index = curve.findIndex((point) => difference(point) >= 0);
  if (index < 0) index = curve.length - 1;
  index = Math.max(1, index);
  const low = curve[index - 1];
  const high = curve[index];
  const way = (value, wanted) => {
    const step = value(high) - value(low);
    return step === 0 ? 0 : Math.min(1, Math.max(0, (wanted - value(low)) / step));
  };
  return [low, high, way];
}

function whenSeen(part, act) {
  if (!("IntersectionObserver" in window)) return act();
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    act();
  }, { rootMargin: "200px" });
  observer.observe(part);
}
