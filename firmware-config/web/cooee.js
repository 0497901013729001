// The C library of Cooee (cooee.h) as a module for pages and Node.js.
//
//   const cooee = await Cooee.load(wasmBytes, { model, language, background });
//   const { phrases, report } = cooee.enroll("hey computer");
//   const spotter = cooee.spotter(phrases);
//   for (const event of spotter.process(samples)) console.log(event.start, event.end, event.score);
//
// All files are Uint8Arrays. Samples are 16 kHz, one channel: an Int16Array, or a Float32Array of -1 to 1.

const samplesPerSecond = 16000;
const alignment = 16;
const statusOK = 0;
const statusSpace = 4;
// The sizes and offsets of the structures of cooee.h, where a pointer takes 4 bytes.
const eventSize = 24;
const enrollmentSize = 48;
const reportSize = 20;

/** A function of the library failed. `status` is its cooee_status, and the message says what to do. */
class CooeeError extends Error {
  constructor(status, message) {
    super(message);
    this.name = "CooeeError";
    this.status = status;
  }
}

/** The library with a model, its language and, to set thresholds, its background. */
class Cooee {
  #calls;
  #files;

  /** Compiles cooee.wasm. `files` has `model`, `language`, and optionally `background`. Throws if memory is short. */
  static async load(wasm, files) {
    const { instance } = await WebAssembly.instantiate(wasm, {});
    return new Cooee(instance.exports, files);
  }

  constructor(calls, { model, language, background }) {
    this.#calls = calls;
    this.#files = {
      model: this.copy(model),
      language: this.copy(language),
      background: background ? this.copy(background) : { start: 0, size: 0 },
    };
  }

  get calls() { return this.#calls; }
  get model() { return this.#files.model; }
  get view() { return new DataView(this.#calls.memory.buffer); }

  /** Takes memory of the module, aligned, until the page is closed or `release` is called. */
  take(size) {
    const block = this.#calls.malloc(size + alignment);
    if (!block) throw new CooeeError(undefined, "the browser gives this page no more memory; close other pages");
    return { block, start: Math.ceil(block / alignment) * alignment, size };
  }

  copy(bytes) {
    const place = this.take(bytes.length);
    new Uint8Array(this.#calls.memory.buffer).set(bytes, place.start);
    return place;
  }

  release(...places) {
    for (const place of places) if (place?.block) this.#calls.free(place.block);
  }

  /** A cooee_bytes, which C passes by its address. */
  pair({ start, size }) {
    const place = this.take(8);
    this.view.setUint32(place.start, start, true);
    this.view.setUint32(place.start + 4, size, true);
    return place;
  }

  check(status) {
    if (status === statusOK) return;
    const memory = new Uint8Array(this.#calls.memory.buffer);
    const start = this.#calls.cooee_status_text(status);
    const text = new TextDecoder().decode(memory.subarray(start, memory.indexOf(0, start)));
    throw new CooeeError(status, text);
  }

  /** Calls a function that writes bytes of unknown size: first for the size, then for the bytes. */
  bytes(call) {
    const count = this.take(8);
    let space = null;
    try {
      const status = call(0, 0, count.start);
      if (status !== statusSpace) this.check(status);
      space = this.take(this.view.getUint32(count.start, true));
      this.check(call(space.start, space.size, count.start));
      return new Uint8Array(this.#calls.memory.buffer).slice(space.start, space.start + space.size);
    } finally {
      this.release(count, space);
    }
  }

  /**
   * Adds a typed phrase to a phrase file.
   *
   * Options: `phrases`, the file to add to; `pronunciation` as in cooee.h; `threshold`; `falseAlarmsPerHour`, 0.1 by default.
   * Returns the new file's bytes and a report: threshold, falseAlarmsPerHour, phonemeCount, pronunciationCount, isGuessed,
   * isOftenMissed, isNearAnother. Takes seconds with a background. Throws a CooeeError.
   */
  enroll(text, { phrases, pronunciation, threshold = 0, falseAlarmsPerHour = 0 } = {}) {
    const places = [];
    const keep = (bytes) => places[places.push(this.copy(bytes)) - 1];
    const string = (value) => keep(new TextEncoder().encode(value + "\0")).start;
    try {
      const enrolled = phrases ? keep(phrases) : { start: 0, size: 0 };
      const textStart = string(text);
      const pronunciationStart = pronunciation ? string(pronunciation) : 0;
      const enrollment = keep(new Uint8Array(enrollmentSize)).start;
      const report = keep(new Uint8Array(reportSize)).start;
      const write = (view) => {
        const { model, language, background } = this.#files;
        [model, language, background, enrolled].forEach(({ start, size }, index) => {
          view.setUint32(enrollment + 8 * index, start, true);
          view.setUint32(enrollment + 8 * index + 4, size, true);
        });
        view.setUint32(enrollment + 32, textStart, true);
        view.setUint32(enrollment + 36, pronunciationStart, true);
        view.setFloat32(enrollment + 40, threshold, true);
        view.setFloat32(enrollment + 44, falseAlarmsPerHour, true);
      };
      write(this.view);
      // A phrase file has room for the new phrase, so that the phrase is tested once.
      const count = keep(new Uint8Array(8)).start;
      const space = this.take(enrolled.size + (1 << 19));
      places.push(space);
      this.check(this.#calls.cooee_enroll(enrollment, space.start, space.size, count, report));
      const view = this.view;
      return {
        phrases: new Uint8Array(view.buffer).slice(space.start, space.start + view.getUint32(count, true)),
        report: {
          threshold: view.getFloat32(report, true),
          falseAlarmsPerHour: view.getFloat32(report + 4, true),
          phonemeCount: view.getUint32(report + 8, true),
          pronunciationCount: view.getUint32(report + 12, true),
          isGuessed: view.getUint8(report + 16) !== 0,
          isOftenMissed: view.getUint8(report + 17) !== 0,
          isNearAnother: view.getUint8(report + 18) !== 0,
        },
      };
    } finally {
      this.release(...places);
    }
  }

  /** Returns a phrase file without one of its phrases. */
  remove(phrases, index) {
    const file = this.copy(phrases);
    const bytes = this.pair(file);
    try {
      return this.bytes((start, size, count) => this.#calls.cooee_remove_phrase(bytes.start, index, start, size, count));
    } finally {
      this.release(file, bytes);
    }
  }

  /** Returns the text of a phrase. */
  text(phrases, index) {
    const file = this.copy(phrases);
    const bytes = this.pair(file);
    try {
      const text = this.bytes((start, size, count) => this.#calls.cooee_phrase_text(bytes.start, index, start, size, count));
      return new TextDecoder().decode(text.subarray(0, -1));
    } finally {
      this.release(file, bytes);
    }
  }

  /** Creates a spotter of a file with at least one phrase. */
  spotter(phrases) {
    return new Spotter(this, phrases);
  }
}

/** Listens to one stream. Call `close` when it is no longer needed: JavaScript does not free the module's memory. */
class Spotter {
  #cooee;
  #calls;
  #spotter = 0;
  #places = [];
  #samples;
  #event;

  constructor(cooee, phrases) {
    this.#cooee = cooee;
    this.#calls = cooee.calls;
    const keep = (place) => this.#places[this.#places.push(place) - 1];
    try {
      const model = keep(cooee.pair(cooee.model)).start;
      const file = keep(cooee.pair(keep(cooee.copy(phrases)))).start;
      const result = keep(cooee.take(8)).start;
      cooee.check(this.#calls.cooee_spotter_memory(model, file, result));
      const memory = keep(cooee.take(cooee.view.getUint32(result, true)));
      cooee.check(this.#calls.cooee_spotter_create(memory.start, memory.size, model, file, 0, result));
      this.#spotter = cooee.view.getUint32(result, true);
      this.#samples = keep(cooee.take(2 * samplesPerSecond));
      this.#event = keep(cooee.take(eventSize)).start;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The number of phrases. */
  get phraseCount() { return this.#calls.cooee_spotter_phrase_count(this.#spotter); }

  /** The threshold of a phrase, 0 to 1. */
  threshold(index) { return this.#calls.cooee_spotter_threshold(this.#spotter, index); }
  setThreshold(index, value) { this.#cooee.check(this.#calls.cooee_spotter_set_threshold(this.#spotter, index, value)); }

  /** The highest score of a phrase since the last call, 0 to 1. */
  highestScore(index) { return this.#calls.cooee_spotter_highest_score(this.#spotter, index); }

  /** Processes the next samples, of any number; returns the events: phrase, score, and start and end in seconds. */
  process(samples) {
    const events = [];
    const capacity = this.#samples.size / 2;
    for (let start = 0; start < samples.length; start += capacity) {
      const part = samples.subarray(start, start + capacity);
      const memory = new Int16Array(this.#calls.memory.buffer, this.#samples.start, part.length);
      if (part instanceof Int16Array) memory.set(part);
      else for (let i = 0; i < part.length; i++) memory[i] = Math.max(-32768, Math.min(32767, Math.round(part[i] * 32768)));
      this.#cooee.check(this.#calls.cooee_spotter_process(this.#spotter, this.#samples.start, part.length));
      this.#poll(events);
    }
    return events;
  }

  /** Ends the stream, and starts another at 0 seconds; returns the last events. */
  finish() {
    this.#cooee.check(this.#calls.cooee_spotter_finish(this.#spotter));
    return this.#poll([]);
  }

  /** Discards the stream, and starts another at 0 seconds. */
  reset() { this.#cooee.check(this.#calls.cooee_spotter_reset(this.#spotter)); }

  close() {
    this.#calls.cooee_spotter_destroy(this.#spotter);
    this.#spotter = 0;
    this.#cooee.release(...this.#places.splice(0));
  }

  #poll(events) {
    while (this.#calls.cooee_spotter_poll(this.#spotter, this.#event)) {
      const view = this.#cooee.view;
      events.push({
        phrase: view.getUint32(this.#event + 20, true),
        score: view.getFloat32(this.#event + 16, true),
        start: Number(view.getBigInt64(this.#event, true)) / samplesPerSecond,
        end: Number(view.getBigInt64(this.#event + 8, true)) / samplesPerSecond,
      });
    }
    return events;
  }
}

export { Cooee, CooeeError, Spotter };
