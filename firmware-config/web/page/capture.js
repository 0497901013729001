// Collects the microphone's blocks of 128 samples into tenths of a second.
class Capture extends AudioWorkletProcessor {
  #samples = new Float32Array(1600);
  #count = 0;

  process([[channel]]) {
    if (!channel) return true;
    for (const sample of channel) {
      this.#samples[this.#count++] = sample;
      if (this.#count < this.#samples.length) continue;
      this.port.postMessage(this.#samples, [this.#samples.buffer]);
      this.#samples = new Float32Array(1600);
      this.#count = 0;
    }
    return true;
  }
}
registerProcessor("capture", Capture);
