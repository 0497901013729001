// "Say it now": the installer says a phrase a few times, and sees which of them were heard and what to do about the rest.
import { known, on } from "./service.js";
import { announce, element, logistic, minus, rateText, scoreText } from "./parts.js";
import { loudestPeak } from "./microphone.js";
import { logitFor, rateAt, store } from "./threshold.js";

const turnMilliseconds = 4500;
const pauseMilliseconds = 1200;
let current;

on("candidate", (candidate) => current?.note(candidate));

/** The panel of a phrase's test. */
export function makeTrial(phrase, thresholdChanged, closed) {
  const count = element("input", { type: "number", min: 1, max: 20, value: 5, "aria-label": "Repetitions" });
  const byKey = element("input", { type: "checkbox", class: "check" });
  const start = element("button", { type: "button", class: "primary" }, "Start");
  const end = element("button", { type: "button" }, "Close");
  const prompt = element("p", { class: "prompt" }, `Say “${phrase.phrase}” a few times`);
  const bar = element("progress", { max: 1, value: 0, "aria-hidden": "true" });
  const slots = element("ol", { class: "slots", "aria-label": "Attempts" });
  const result = element("div", { class: "stack", role: "status" });
  const part = element(
    "div", { class: "trial stack", role: "group", "aria-label": `Test of ${phrase.phrase}` }, prompt, bar, slots,
    element("div", { class: "row" }, start, element("label", { class: "row" }, "Repetitions", count),
      element("label", { class: "row" }, byKey, "wait for a key press before each"), end),
    result);

  let turns = [];
  let turn;
  let timer;
  let ticker;

  const isRunning = () => current === trial;

  function begin() {
    current?.stop();
    current = trial;
    const total = Math.min(20, Math.max(1, Math.round(Number(count.value)) || 5));
    turns = Array.from({ length: total }, () => ({ best: undefined, isHit: false, peak: -80 }));
    result.replaceChildren();
    start.textContent = "Stop";
    showSlots();
    byKey.checked ? waitForKey(0) : open(0);
  }

  function waitForKey(index) {
    turn = undefined;
    prompt.textContent = `Press Space, then say it: ${index + 1} of ${turns.length}`;
    announce(prompt.textContent);
    trial.next = () => open(index);
    start.focus();
  }

  function open(index) {
    trial.next = undefined;
    turn = turns[index];
    turn.since = Date.now();
    prompt.textContent = `Say it now: ${index + 1} of ${turns.length}`;
    announce(`Say it now, ${index + 1} of ${turns.length}`);
    showSlots();
    clearInterval(ticker);
    ticker = setInterval(() => { bar.value = Math.min(1, (Date.now() - turn.since) / turnMilliseconds); }, 100);
    clearTimeout(timer);
    timer = setTimeout(() => close(index), turnMilliseconds);
  }

  function close(index) {
    clearInterval(ticker);
    clearTimeout(timer);
    bar.value = 0;
    turns[index].peak = loudestPeak(Date.now() - turns[index].since);
    turns[index].isDone = true;
    turn = undefined;
    prompt.textContent = turns[index].isHit ? "Detected." : "Missed.";
    showSlots();
    if (index + 1 === turns.length) return finish();
    timer = setTimeout(() => (byKey.checked ? waitForKey(index + 1) : open(index + 1)), pauseMilliseconds);
  }

  function finish() {
    stop();
    const hits = turns.filter((one) => one.isHit).length;
    prompt.textContent = `Detected ${hits} of ${turns.length}`;
    result.replaceChildren(...advice(phrase, turns, async (rate) => {
      await store(phrase, rate, thresholdChanged);
      result.replaceChildren(element("p", { class: "note" }, "Saved. Test the phrase again to check."));
    }));
    announce(prompt.textContent);
  }

  function stop() {
    clearInterval(ticker);
    clearTimeout(timer);
    turn = undefined;
    trial.next = undefined;
    bar.value = 0;
    start.textContent = turns.length ? "Start again" : "Start";
    if (current === trial) current = undefined;
  }

  function showSlots() {
    slots.replaceChildren(...turns.map((one, index) => {
      const name = `${index + 1}. `;
      if (one === turn) return element("li", { class: "now" }, `${name}now`);
      if (one.isHit) return element("li", { class: "hit" }, `${name}✓ ${scoreText(one.best)}`);
      if (!one.isDone) return element("li", {}, `${name}–`);
      return element("li", { class: "miss" }, `${name}✗ ${one.best === undefined ? "no score" : scoreText(one.best)}`);
    }));
  }

  const trial = {
    part,
    stop,
    next: undefined,
    focus: () => start.focus(),
    close() {
      stop();
      closed();
    },
    note(candidate) {
      if (!turn || candidate.phrase !== phrase.phrase) return;
      turn.best = Math.max(turn.best ?? 0, candidate.score);
      turn.bestLogit = Math.max(turn.bestLogit ?? -99, candidate.logit);
      if (candidate.detected) {
        turn.isHit = true;
        close(turns.indexOf(turn));
      }
    },
  };
  start.addEventListener("click", () => {
    if (trial.next) return trial.next();
    if (!isRunning()) return begin();
    stop();
    prompt.textContent = "Stopped";
  });
  end.addEventListener("click", () => trial.close());
  part.addEventListener("keydown", (event) => { if (event.key === "Escape") trial.close(); });
  return trial;
}

/** What a test tells, and what to do about the misses. */
function advice(phrase, turns, apply) {
  const misses = turns.filter((one) => !one.isHit);
  if (misses.length === 0) {
    return [element("p", { class: "note" }, "All were detected. No changes are needed.")];
  }
  const notes = [];
  const say = (text, kind = "warn") => notes.push(element("p", { class: `note ${kind}` }, text));
  const { quietPeak } = known.microphone;
  const quiet = misses.filter((one) => one.peak < quietPeak).length;
  const silent = misses.filter((one) => one.best === undefined).length;
  const near = misses.filter((one) => one.best !== undefined);
  if (known.microphone.condition !== "listening") {
    say("The microphone is not recording. See the Microphone section for the cause.", "bad");
  } else if (quiet) {
    say(minus(`In ${quiet} of ${misses.length} misses the level was very low (peaks below ${quietPeak} dBFS). Speak `
      + "closer or louder, or raise the microphone's gain."));
  }
  if (silent && silent > quiet) {
    say(`In ${silent} of ${misses.length} misses there was no candidate. Press Hear it. If the pronunciation is wrong, `
      + "add the phrase again and type the pronunciation. A longer phrase is detected more reliably.");
  }
  if (near.length) {
    // Below the worst of what was nearly heard, with a little to spare.
    const logit = Math.min(...near.map((one) => one.bestLogit)) - 0.3;
    if (phrase.curve) {
      const rate = rateAt(phrase.curve, logit);
      const now = rateAt(phrase.curve, phrase.logit);
      const text = `${near.length} of ${misses.length} misses had a score below the threshold of ${scoreText(phrase.threshold)}. The best was `
        + `${scoreText(Math.max(...near.map((one) => one.best)))}. A threshold of ${scoreText(logistic(logit))} would have detected `
        + `${near.length === 1 ? "it" : "them"}, with about ${rateText(rate)} false alarms an hour instead of ${rateText(now)}.`;
      if (rate <= 2) {
        notes.push(element("div", { class: "note stack" }, element("p", {}, text),
          element("button", { type: "button", class: "small", onclick: () => apply(rate) }, `Allow ${rateText(rate)} an hour`)));
      } else {
        say(`${text} That is too many. Choose a longer phrase, or speak closer.`);
      }
    } else {
      say(`${near.length} of ${misses.length} misses had a score below the threshold of ${scoreText(phrase.threshold)}.`);
    }
  }
  if (!notes.length) say("Say the phrase at your usual pace, with a short pause before and after, and test it again.");
  return notes;
}
