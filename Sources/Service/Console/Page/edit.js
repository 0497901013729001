// Changing an enrolled phrase: its text, its pronunciations and its threshold.
import { ask, refresh } from "./service.js";
import { announce, element, problem, scoreText, sentence, toast } from "./parts.js";

/** The panel that changes a phrase. `saved` gets the phrase's text after the change. */
export function makeEditor(phrase, number, closed, saved) {
  const id = (name) => `edit-${name}-${number}`;
  const text = element("input", { id: id("text"), maxlength: 200, autocapitalize: "none", spellcheck: "false", required: true });
  const ways = element("textarea", {
    id: id("ways"), rows: 3, maxlength: 1000, autocapitalize: "none", spellcheck: "false", "aria-describedby": id("help"),
  });
  const score = element("input", { id: id("score"), type: "number", min: 0, max: 1, step: "any", required: true });
  const save = element("button", { type: "submit", class: "primary" }, "Save");
  const cancel = element("button", { type: "button", onclick: () => closed() }, "Cancel");
  const result = element("div");
  const part = element(
    "form", { class: "trial stack", autocomplete: "off", "aria-label": `Change of ${phrase.phrase}` },
    element("label", { for: id("text") }, "Phrase"), text,
    element("label", { for: id("ways") }, "Pronunciations, one on each line"), ways,
    element("p", { class: "muted", id: id("help") }, "ARPAbet, or the phonetic alphabet between slashes, or a spelling "
      + "in quotation marks, such as \"shi-vawn\". Leave it empty to have the words looked up."),
    element("label", { for: id("score") }, "Threshold, 0 to 1"), score,
    element("div", { class: "row" }, save, cancel), result);
  let shown = {};

  function show() {
    shown = { text: phrase.phrase, ways: phrase.pronunciations.join("\n"), score: scoreText(phrase.threshold) };
    text.value = shown.text;
    ways.value = shown.ways;
    score.value = shown.score;
    result.replaceChildren();
  }

  async function submit(event) {
    event.preventDefault();
    const body = { phrase: phrase.phrase };
    const wanted = text.value.trim().replace(/\s+/g, " ");
    const lines = ways.value.split("\n").map((line) => line.trim()).filter((line) => line);
    if (wanted !== shown.text) body.text = wanted;
    if (lines.join("\n") !== shown.ways) body.pronunciation = lines;
    if (score.value !== shown.score) body.threshold = Number(score.value);
    if (Object.keys(body).length === 1) return closed();
    save.disabled = true;
    try {
      const answer = await ask("api/phrases", { method: "PATCH", body });
      await refresh();
      toast(`“${answer.phrase}” changed.`);
      for (const warning of answer.warnings) toast(sentence(warning));
      announce(`${answer.phrase} changed`);
      closed();
      saved(answer.phrase);
    } catch (refusal) {
      result.replaceChildren(problem(refusal));
    } finally {
      save.disabled = false;
    }
  }

  part.addEventListener("submit", submit);
  part.addEventListener("keydown", (event) => { if (event.key === "Escape") closed(); });
  return {
    part,
    open() {
      show();
      text.focus();
    },
  };
}
