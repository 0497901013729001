// Does the work beside the page, so that the page never freezes: enrolling takes seconds. Messages come in and go out in order.

let cooee = null;
let phrases = null; // the phrase file; null without phrases
let live = null; // the spotter of the microphone
let thresholds = [];

function open(file) {
  const spotter = cooee.spotter(file);
  thresholds.forEach((value, index) => spotter.setThreshold(index, value));
  return spotter;
}

function change(file) {
  live?.close();
  live = null;
  phrases = file;
  if (phrases && thresholds.length) live = open(phrases);
}

const answers = {
  async load({ wasm, files }) {
    cooee = await Cooee.load(wasm, files);
    return {};
  },
  enroll({ text }) {
    const began = performance.now();
    const { phrases: file, report } = cooee.enroll(text, { phrases });
    thresholds.push(report.threshold);
    change(file);
    return { text: cooee.text(file, thresholds.length - 1), report, seconds: (performance.now() - began) / 1000 };
  },
  remove({ index }) {
    const file = thresholds.length > 1 ? cooee.remove(phrases, index) : null;
    thresholds.splice(index, 1);
    change(file);
    return { index };
  },
  threshold({ index, value }) {
    thresholds[index] = value;
    live?.setThreshold(index, value);
    return { index, value };
  },
  start() {
    live?.reset();
    return {};
  },
  samples({ samples }) {
    if (!live) return { events: [], scores: [] };
    const events = live.process(samples);
    return { events, scores: thresholds.map((_, index) => live.highestScore(index)) };
  },
  recording({ samples, name }) {
    if (!phrases) throw new Error("there are no phrases yet; add one first");
    const spotter = open(phrases);
    try {
      const began = performance.now();
      const events = [...spotter.process(samples), ...spotter.finish()];
      const scores = thresholds.map((_, index) => spotter.highestScore(index));
      return { name, events, scores, length: samples.length / 16000, seconds: (performance.now() - began) / 1000 };
    } finally {
      spotter.close();
    }
  },
};

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ kind: data.kind, ...(await answers[data.kind](data)) });
  } catch (error) {
    self.postMessage({ kind: "failed", what: data.kind, message: error.message });
  }
};
