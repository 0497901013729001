// The phrases: a card for each, with its trace, its threshold, its test, and how it is removed and brought back.
import { ask, known, on, refresh, sound } from "./service.js";
import { announce, byId, element, play, problem, toast } from "./parts.js";
import { dropTrace, makeTrace } from "./trace.js";
import { makeEditor } from "./edit.js";
import { makeThreshold } from "./threshold.js";
import { makeTrial } from "./trial.js";

const cards = new Map();
let number = 0;

const signature = (phrase) => JSON.stringify([phrase.pronunciations, phrase.source]);

function makeCard(phrase) {
  number += 1;
  const id = `phrase-${number}`;
  const kept = { ...phrase };
  const trace = makeTrace(kept);
  const threshold = makeThreshold(kept, number);
  const named = (text) => `${text} “${phrase.phrase}”`;
  // One panel at a time: the test, or the editor.
  const place = element("div");
  const opener = (text, label) => element(
    "button", { type: "button", class: "small", "aria-expanded": "false", "aria-label": named(label) }, text);
  const test = opener("Test it", "Test");
  const edit = opener("Edit", "Edit");
  const isOpen = (button) => button.getAttribute("aria-expanded") === "true";
  const close = (button) => {
    place.replaceChildren();
    button.setAttribute("aria-expanded", "false");
    button.focus();
  };
  const trial = makeTrial(kept, threshold.show, () => close(test));
  const editor = makeEditor(kept, number, () => close(edit), (text) => cards.get(text)?.card.querySelector("h3").focus());
  test.addEventListener("click", () => {
    if (isOpen(test)) return trial.close();
    if (isOpen(edit)) close(edit);
    test.setAttribute("aria-expanded", "true");
    place.replaceChildren(trial.part);
    trial.focus();
  });
  edit.addEventListener("click", () => {
    if (isOpen(edit)) return close(edit);
    if (isOpen(test)) trial.close();
    edit.setAttribute("aria-expanded", "true");
    place.replaceChildren(editor.part);
    editor.open();
  });
  const listen = element("button", {
    type: "button", class: "small", "aria-label": named("Hear"), hidden: !known.canSpeak,
    onclick: () => hear({ phrase: phrase.phrase, pronunciation: phrase.source === "typed" ? phrase.pronunciations[0] : "" }),
  }, "Hear it");
  const remove = element("button", {
    type: "button", class: "small", "aria-label": named("Remove"), onclick: () => removePhrase(phrase.phrase),
  }, "Remove");
  const ways = element("p", { class: "muted" });
  phrase.pronunciations.forEach((way, index) => ways.append(index ? " or " : "", element("code", {}, way)));
  ways.append(phrase.source === "guessed" ? " (guessed)" : phrase.source === "typed" ? " (typed)" : "");
  const card = element(
    "li", { class: "card phrase" },
    element("div", { class: "head" }, element("h3", { id, tabindex: "-1" }, phrase.phrase),
      element("div", { class: "row" }, test, listen, edit, remove)),
    ways, trace.canvas, trace.text, threshold.part, place);
  card.setAttribute("aria-labelledby", id);
  return { card, kept, trace, threshold, trial, signature: signature(phrase) };
}

/** Plays how a phrase is listened for. */
export async function hear(wish) {
  try {
    await play(await sound(wish));
  } catch (refusal) {
    toast(refusal.remedy ? `${refusal.message}; ${refusal.remedy}.` : "The browser could not play the sound.");
  }
}

async function removePhrase(text) {
  try {
    await ask("api/phrases", { method: "DELETE", body: { phrase: text } });
    toast(`“${text}” removed.`, "Undo", () => bringBack(text));
    await refresh();
    byId("phrases").focus();
  } catch (refusal) {
    toast(`Not removed: ${refusal.message}; ${refusal.remedy}.`);
  }
}

async function bringBack(text) {
  try {
    await ask("api/restored", { method: "POST", body: { phrase: text } });
    await refresh();
    announce(`${text} restored`);
    cards.get(text)?.card.querySelector("h3").focus();
  } catch (refusal) {
    toast(`Not restored: ${refusal.message}; ${refusal.remedy}.`);
  }
}

function show() {
  const note = byId("phrases-problem");
  note.hidden = !known.problem;
  if (known.problem) note.replaceChildren(...problem(known.problem).childNodes);
  const texts = new Set(known.phrases.map((phrase) => phrase.phrase));
  for (const [text, made] of cards) {
    if (texts.has(text)) continue;
    drop(text, made);
  }
  const list = byId("phrase-list");
  known.phrases.forEach((phrase, index) => {
    let made = cards.get(phrase.phrase);
    if (made && made.signature !== signature(phrase)) {
      drop(phrase.phrase, made);
      made = undefined;
    }
    if (!made) {
      made = makeCard(phrase);
      cards.set(phrase.phrase, made);
    }
    Object.assign(made.kept, { threshold: phrase.threshold, logit: phrase.logit });
    made.threshold.show();
    if (list.children[index] !== made.card) list.insertBefore(made.card, list.children[index] || null);
  });
  const count = known.phrases.length;
  byId("phrase-count").textContent = count ? `${count}` : "";
  byId("no-phrases").hidden = count > 0 || Boolean(known.problem);
}

function drop(text, made) {
  made.trial.stop();
  dropTrace(made.trace);
  made.card.remove();
  cards.delete(text);
}

export function startPhrases() {
  on("state", show);
  on("candidate", (candidate) => {
    if (!candidate.detected) return;
    announce(`Detected ${candidate.phrase}, score ${candidate.score.toFixed(2)}`);
    const card = cards.get(candidate.phrase)?.card;
    card?.classList.add("heard");
    setTimeout(() => card?.classList.remove("heard"), 1800);
  });
}
