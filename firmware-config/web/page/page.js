// The page: what people see and do. The work is done in worker.js.

const element = (id) => document.getElementById(id);
const phrases = []; // { text, threshold, parts of the list }
let capture = null; // the running microphone: { context, stream }
let worker = null;

function say(text, isBad = false) {
  element("state").textContent = text;
  element("state").classList.toggle("bad", isBad);
}

function ask(kind, values = {}, transfer = []) {
  worker.postMessage({ kind, ...values }, transfer);
}

/** The bytes of a file in the page: base64 of gzip. */
async function unpack(id) {
  const text = atob(element(id).textContent.trim());
  element(id).remove();
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}


async function start() {
  if (!("DecompressionStream" in window) || !("AudioWorkletNode" in window)) {
    say("This browser is too old: it lacks DecompressionStream or AudioWorklet. Use a browser of 2023 or later.", true);
    return;
  }
  worker = new Worker(URL.createObjectURL(new Blob([element("worker").textContent], { type: "text/javascript" })));
  worker.onmessage = ({ data }) => answers[data.kind](data);
  worker.onerror = (event) => say(`The page cannot start: ${event.message}. Use a current browser with WebAssembly SIMD.`, true);
  const [wasm, model, language, background] = await Promise.all(["wasm", "model", "language", "background"].map(unpack));
  ask("load", { wasm, files: { model, language, background } });
}

const answers = {
  load() {
    element("enroll").disabled = false;
    say("Ready.");
  },
  enroll({ text, report, seconds }) {
    phrases.push({ text, threshold: report.threshold, ...row(text, report) });
    element("none").hidden = true;
    element("text").value = "";
    setUsable(true);
    say(`Added “${text}” in ${seconds.toFixed(1)} s.`);
  },
  remove({ index }) {
    const [{ text, item }] = phrases.splice(index, 1);
    item.remove();
    element("none").hidden = phrases.length > 0;
    setUsable(phrases.length > 0);
    say(`Removed “${text}”.`);
  },
  threshold({ index, value }) {
    phrases[index].threshold = value;
    draw(phrases[index]);
  },
  start() {},
  samples({ events, scores }) {
    show(scores);
    for (const event of events) report(event);
  },
  recording({ name, events, scores, length, seconds }) {
    setUsable(true);
    show(scores);
    for (const event of events) report(event, name);
    const count = events.length === 1 ? "1 detection" : `${events.length} detections`;
    say(`${name}: ${count} in ${length.toFixed(1)} s of sound, processed in ${(1000 * seconds).toFixed(0)} ms.`);
  },
  failed({ what, message }) {
    setUsable(phrases.length > 0);
    element("enroll").disabled = what === "load";
    say(what === "load" ? `The page cannot start: ${message}.` : `${message[0].toUpperCase()}${message.slice(1)}.`, true);
  },
};

function setUsable(isUsable) {
  element("enroll").disabled = false;
  element("listen").disabled = element("file").disabled = !isUsable;
  if (!isUsable && capture) stop();
}

/** A phrase of the list: title, score with the threshold's mark, slider. */
function row(text, report) {
  const item = document.createElement("li");
  item.innerHTML = `<div class="row"><h3></h3><button type="button">Remove</button></div>
    <div class="score"><div class="bar"></div><div class="mark"></div></div>
    <label class="hint">Threshold <output class="threshold"></output>, last score <output class="last">none</output>
    <input type="range" min="0.01" max="1" step="0.001"></label><div class="warnings"></div>`;
  const part = (selector) => item.querySelector(selector);
  part("h3").textContent = text;
  part("button").setAttribute("aria-label", `Remove ${text}`);
  part("button").onclick = () => ask("remove", { index: indexOf(item) });
  part("input").value = report.threshold;
  part("input").oninput = ({ target }) => ask("threshold", { index: indexOf(item), value: Number(target.value) });
  const warnings = [];
  if (report.phonemeCount < 6) warnings.push("This phrase is short: it will often be missed, or heard where nobody said it.");
  if (report.isGuessed) warnings.push("The pronunciation of a word was guessed.");
  if (report.isOftenMissed) warnings.push("It resembles common speech, so its threshold is high: it will often be missed.");
  if (report.isNearAnother) warnings.push("It resembles another phrase of the list.");
  for (const warning of warnings) part(".warnings").append(Object.assign(document.createElement("p"), { className: "warning", textContent: warning }));
  element("phrases").append(item);
  const phrase = { item, bar: part(".bar"), mark: part(".mark"), shown: part(".threshold"), last: part(".last"), score: 0 };
  draw({ ...phrase, threshold: report.threshold });
  return phrase;
}

const indexOf = (item) => phrases.findIndex((phrase) => phrase.item === item);

function draw({ mark, shown, bar, score, threshold }) {
  mark.style.left = `${100 * threshold}%`;
  shown.textContent = threshold.toFixed(3);
  bar.style.width = `${100 * score}%`;
  bar.classList.toggle("over", score >= threshold);
}

/** Shows new scores; the bars of older ones shrink. */
function show(scores) {
  phrases.forEach((phrase, index) => {
    const score = scores[index] ?? 0;
    if (score > 0) phrase.last.textContent = score.toFixed(3);
    phrase.score = Math.max(score, 0.9 * phrase.score);
    draw(phrase);
  });
}

function report({ phrase, score, start, end }, source = "microphone") {
  const item = document.createElement("li");
  for (const [name, text] of [
    ["when", `${start.toFixed(2)}–${end.toFixed(2)} s`], ["what", phrases[phrase].text], ["with", score.toFixed(3)], ["when", source],
  ]) item.append(Object.assign(document.createElement("span"), { className: name, textContent: text }));
  element("detections").prepend(item);
  while (element("detections").children.length > 50) element("detections").lastChild.remove();
}

async function listen() {
  if (!navigator.mediaDevices) {
    say("The browser gives the microphone only to pages from a disk, from localhost or over https.", true);
    return;
  }
  let stream, context;
  try {
    // What phones do to calls takes away what a spotter needs.
    stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
    context = new AudioContext({ sampleRate: 16000 });
    // Browsers refuse the blob of a page from a disk here.
    await context.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(element("capture").textContent)}`);
    const node = new AudioWorkletNode(context, "capture");
    node.port.onmessage = ({ data }) => hear(data);
    context.createMediaStreamSource(stream).connect(node);
    await context.resume();
  } catch (error) {
    stream?.getTracks().forEach((track) => track.stop());
    context?.close();
    const reasons = {
      NotAllowedError: "The browser did not allow the microphone. Allow it in the address bar, and try again.",
      NotFoundError: "There is no microphone. Plug one in, and try again.",
      NotReadableError: "Another program holds the microphone. Close it, and try again.",
    };
    say(reasons[error.name] ?? `The microphone cannot be used: ${error.message}`, true);
    return;
  }
  ask("start");
  capture = { stream, context };
  stream.getTracks()[0].onended = () => { stop(); say("The microphone was unplugged. Plug it in, and listen again.", true); };
  element("listen").textContent = "Stop listening";
  say("Listening…");
}

function hear(samples) {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  const decibels = peak > 0 ? Math.max(-60, 20 * Math.log10(peak)) : -60;
  element("level").value = decibels;
  element("level-text").textContent = peak > 0 ? `${decibels.toFixed(0)} dB` : "silence";
  ask("samples", { samples }, [samples.buffer]);
}

function stop() {
  capture.stream.getTracks().forEach((track) => track.stop());
  capture.context.close();
  capture = null;
  element("listen").textContent = "Listen to the microphone";
  element("level").value = -60;
  element("level-text").textContent = "";
  say("Ready.");
}

async function openRecording(file) {
  setUsable(false);
  say(`Reading ${file.name}…`);
  try {
    // Decoding also converts to the rate of the context.
    const context = new OfflineAudioContext(1, 1, 16000);
    const sound = await context.decodeAudioData(await file.arrayBuffer());
    const samples = new Float32Array(sound.length);
    for (let channel = 0; channel < sound.numberOfChannels; channel++) {
      sound.getChannelData(channel).forEach((sample, index) => { samples[index] += sample / sound.numberOfChannels; });
    }
    ask("recording", { samples, name: file.name }, [samples.buffer]);
  } catch {
    setUsable(true);
    say(`${file.name} is not a recording that this browser can decode; try WAV, MP3 or Ogg.`, true);
  }
}

element("add").onsubmit = (event) => {
  event.preventDefault();
  const text = element("text").value.trim();
  if (!text) {
    say("Type a phrase first.", true);
    return;
  }
  element("enroll").disabled = true;
  say(`Testing “${text}” on two hours of speech…`);
  ask("enroll", { text });
};
element("listen").onclick = () => (capture ? stop() : listen());
element("file").onchange = ({ target }) => {
  if (target.files[0]) openRecording(target.files[0]);
  target.value = "";
};
start().catch((error) => say(`The page cannot start: ${error.message}`, true));
