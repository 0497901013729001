// The scores of a phrase over the last minute, against its threshold, on a scale of logits.
import { known, on } from "./service.js";
import { element, scoreText } from "./parts.js";

const span = 60_000;
const lowest = -4;
const highest = 7.5;
const marks = [[-2.2, "0.1"], [0, "0.5"], [2.2, "0.9"], [4.6, "0.99"], [6.91, "0.999"]];
const traces = new Set();

/** A phrase's trace: a picture, and a line of text that says the same. */
export function makeTrace(phrase) {
  const canvas = element("canvas", { class: "trace", role: "img" });
  const text = element("p", { class: "trace-text" });
  const trace = { phrase, canvas, text, isSeen: true };
  traces.add(trace);
  watchSight?.observe(canvas);
  describe(trace);
  return trace;
}

export function dropTrace(trace) {
  traces.delete(trace);
  watchSight?.unobserve(trace.canvas);
}

const watchSight = "IntersectionObserver" in window
  ? new IntersectionObserver((entries) => {
    for (const entry of entries) {
      for (const trace of traces) if (trace.canvas === entry.target) trace.isSeen = entry.isIntersecting;
    }
  })
  : undefined;

function recent(phrase) {
  const first = Date.now() - span;
  return known.candidates.filter((one) => one.phrase === phrase.phrase && one.at >= first);
}

function describe(trace) {
  const all = recent(trace.phrase);
  const threshold = scoreText(trace.phrase.threshold);
  let text = `No candidates in the last minute. Threshold ${threshold}.`;
  if (all.length) {
    const best = Math.max(...all.map((one) => one.score));
    const heard = all.filter((one) => one.detected).length;
    text = `Last minute: ${heard === 1 ? "1 detection" : `${heard} detections`}, best score `
      + `${scoreText(best)}, threshold ${threshold}.`;
  }
  if (trace.text.textContent === text) return;
  trace.text.textContent = text;
  trace.canvas.setAttribute("aria-label", `Scores of ${trace.phrase.phrase}. ${text}`);
}

let colors;

function readColors() {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  colors = { line: color("--line"), muted: color("--muted"), quiet: color("--quiet"), accent: color("--accent"), text: color("--text") };
}

function draw(trace, now) {
  const { canvas, phrase } = trace;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width || !height) return;
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const left = 46;
  const right = width - 10;
  const top = 12;
  const bottom = height - 20;
  const x = (time) => right - ((now - time) / span) * (right - left);
  const y = (logit) => bottom - ((Math.min(highest, Math.max(lowest, logit)) - lowest) / (highest - lowest)) * (bottom - top);

  pen.font = "12px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.lineWidth = 1;
  for (const [logit, label] of marks) {
    pen.strokeStyle = colors.line;
    pen.beginPath();
    pen.moveTo(left, y(logit));
    pen.lineTo(right, y(logit));
    pen.stroke();
    pen.fillStyle = colors.muted;
    pen.textAlign = "right";
    pen.fillText(label, left - 7, y(logit));
  }
  pen.textBaseline = "alphabetic";
  for (const [ago, label] of [[60, "60 s ago"], [30, "30 s"], [0, "now"]]) {
    pen.textAlign = ago === 60 ? "left" : ago === 0 ? "right" : "center";
    pen.fillText(label, x(now - ago * 1000), height - 5);
  }

  pen.strokeStyle = colors.accent;
  pen.lineWidth = 2;
  pen.setLineDash([6, 5]);
  pen.beginPath();
  pen.moveTo(left, y(phrase.logit));
  pen.lineTo(right, y(phrase.logit));
  pen.stroke();
  pen.setLineDash([]);

  for (const one of recent(phrase)) {
    const color = one.detected ? colors.accent : colors.quiet;
    pen.strokeStyle = color;
    pen.lineWidth = one.detected ? 3 : 2;
    pen.beginPath();
    pen.moveTo(x(one.at), bottom);
    pen.lineTo(x(one.at), y(one.logit));
    pen.stroke();
    pen.fillStyle = color;
    pen.beginPath();
    pen.arc(x(one.at), y(one.logit), one.detected ? 5.5 : 3.5, 0, 2 * Math.PI);
    pen.fill();
  }
}

export function startTraces() {
  readColors();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", readColors);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)");
  let last = 0;
  const step = (time) => {
    // Four pictures a second show all there is; fewer for those who want no motion.
    if (time - last > (isStill.matches ? 2000 : 240)) {
      last = time;
      const now = Date.now();
      for (const trace of traces) if (trace.isSeen) draw(trace, now);
    }
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
  setInterval(() => { for (const trace of traces) if (trace.isSeen) describe(trace); }, 2000);
  on("candidate", (candidate) => {
    for (const trace of traces) if (trace.phrase.phrase === candidate.phrase) describe(trace);
  });
}
