// Adding a phrase by typing it: how it will be listened for and what may go wrong is shown while it is typed.
import { ask, known, on, refresh } from "./service.js";
import { afterPause, announce, byId, element, problem, rateText, rateWords, scoreText, sentence, toast } from "./parts.js";
import { hear } from "./phrases.js";

const phonemes = [
  ["AA", "odd"], ["AE", "at"], ["AH", "hut"], ["AO", "ought"], ["AW", "cow"], ["AY", "hide"], ["B", "be"], ["CH", "cheese"],
  ["D", "dee"], ["DH", "thee"], ["EH", "Ed"], ["ER", "hurt"], ["EY", "ate"], ["F", "fee"], ["G", "green"], ["HH", "he"],
  ["IH", "it"], ["IY", "eat"], ["JH", "gee"], ["K", "key"], ["L", "lee"], ["M", "me"], ["N", "knee"], ["NG", "ping"],
  ["OW", "oat"], ["OY", "toy"], ["P", "pee"], ["R", "read"], ["S", "sea"], ["SH", "she"], ["T", "tea"], ["TH", "theta"],
  ["UH", "hood"], ["UW", "two"], ["V", "vee"], ["W", "we"], ["Y", "yield"], ["Z", "zee"], ["ZH", "seizure"],
];

let latest = 0;
let aborting;
let shown;

const typed = () => byId("phrase").value.trim().replace(/\s+/g, " ");

function wish() {
  return {
    phrase: typed(), pronunciation: byId("pronunciation").value.trim(),
    falseAlarmsPerHour: 10 ** Number(byId("allowed").value),
  };
}

function showAllowed() {
  const rate = 10 ** Number(byId("allowed").value);
  byId("allowed-text").textContent = `${rateText(rate)} an hour, ${rateWords(rate)}`;
  byId("allowed").setAttribute("aria-valuetext", byId("allowed-text").textContent);
}

function clear() {
  latest += 1;
  aborting?.abort();
  shown = undefined;
  byId("preview").hidden = true;
  byId("preview-summary").className = "state";
  byId("preview-summary").textContent = "";
}

/** Asks for the pronunciation at once, and for the rest when the typing has paused. */
async function find(path) {
  if (!typed()) return clear();
  const turn = ++latest;
  aborting?.abort();
  aborting = new AbortController();
  try {
    const answer = await ask(path, { method: "POST", body: wish(), signal: aborting.signal });
    if (turn !== latest) return;
    shown = answer;
    show(answer);
    if (path === "api/pronunciation") findRest();
  } catch (refusal) {
    if (refusal.name === "AbortError" || turn !== latest) return;
    shown = undefined;
    byId("preview").hidden = true;
    byId("preview-summary").className = "";
    byId("preview-summary").replaceChildren(problem(refusal, "span"));
    if (refusal.status === 422) byId("options").open = true;
  }
}

const findSoon = afterPause(250, () => find("api/pronunciation"));
const findRest = afterPause(700, () => find("api/preview"));

function show(answer) {
  const summary = byId("preview-summary");
  summary.className = "state";
  const isTried = answer.hours !== undefined;
  summary.textContent = isTried ? sentence(answer.sentence) : answer.logit === undefined ? "Testing on running speech…" : sentence(answer.sentence);
  const ways = element("div", { class: "ways" });
  answer.readings.forEach((reading) => reading.pronunciations.forEach((way) => {
    const listen = element("button", {
      type: "button", class: "small", hidden: !known.canSpeak, "aria-label": `Hear ${way}`,
      onclick: () => hear({ phrase: answer.phrase, pronunciation: way }),
    }, "Hear it");
    const words = answer.readings.length > 1 ? `“${reading.words}” ` : "";
    ways.append(element("div", { class: "way" }, ways.childElementCount ? "or " : "", words, element("code", {}, way), listen));
  }));
  const source = {
    dictionary: "from the dictionary", guessed: "guessed; listen to check it", typed: "as typed", spelled: "letter by letter",
  }[answer.source];
  const parts = [element("p", { class: "muted" }, `Pronunciation (${source}):`), ways];
  if (answer.warnings.length) {
    parts.push(element("ul", { class: "notes" }, ...answer.warnings.map((text) => element("li", { class: "note warn" }, sentence(text)))));
  } else if (isTried) {
    parts.push(element("p", { class: "note" }, "No problems found."));
  }
  if (isTried) parts.push(details(answer));
  const preview = byId("preview");
  const wasOpen = preview.querySelector("details")?.open;
  preview.replaceChildren(...parts.map((part) => part));
  preview.className = "stack";
  preview.hidden = false;
  if (wasOpen) preview.querySelector("details")?.setAttribute("open", "");
}

function details(answer) {
  const rates = [...answer.rates];
  const nearest = rates.reduce((best, one) =>
    Math.abs(one.threshold - answer.threshold) < Math.abs(best.threshold - answer.threshold) ? one : best);
  const cell = (rate) => element("td", {}, rate === undefined ? "–" : rateText(rate));
  const parts = [...answer.mix.kinds, ...answer.mix.conditions].map((part) => part.name);
  const partRate = (one, name) => [...one.kinds, ...one.conditions].find((part) => part.name === name)?.falseAlarmsPerHour;
  const table = element(
    "table", {}, element("caption", {}, "False alarms an hour by threshold"),
    element("thead", {}, element("tr", {}, ...["Threshold", "all", ...parts].map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...rates.map((one) => element(
      "tr", { class: one === nearest ? "chosen" : "" }, element("td", {}, scoreText(one.threshold)), cell(one.falseAlarmsPerHour), ...parts.map((name) => cell(partRate(one, name)))))));
  const heard = element(
    "table", {}, element("caption", {}, `Most similar words in ${answer.hours.toFixed(1)} h of running speech`),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Words"), element("th", { scope: "col" }, "Score"))),
    element("tbody", {}, ...answer.heard.map((one) => element(
      "tr", {}, element("td", {}, one.words ? `“${one.words}”, ${one.condition}` : "no words"), element("td", {}, scoreText(one.score))))));
  return element("details", {}, element("summary", {}, "False alarms and similar words"), table, answer.heard.length ? heard : "");
}

async function enroll(event) {
  event.preventDefault();
  if (!typed()) {
    byId("preview-summary").textContent = "Type the phrase first.";
    return byId("phrase").focus();
  }
  latest += 1;
  aborting?.abort();
  const button = byId("enroll-button");
  button.disabled = true;
  button.textContent = "Adding…";
  try {
    const answer = await ask("api/phrases", { method: "POST", body: wish() });
    toast(`“${answer.phrase}” ${answer.replaced ? "updated" : "added"} with threshold ${answer.thresholdText}.`);
    announce(`${answer.phrase} ${answer.replaced ? "updated" : "added"}`);
    byId("enroll").reset();
    byId("options").open = false;
    showAllowed();
    clear();
    await refresh();
  } catch (refusal) {
    byId("preview-summary").className = "";
    byId("preview-summary").replaceChildren(problem(refusal, "span"));
  } finally {
    button.disabled = false;
    button.textContent = "Add";
    byId("phrase").focus();
  }
}

function showButton() {
  const isKnown = known.phrases.some((phrase) => phrase.phrase === typed());
  byId("enroll-button").textContent = isKnown ? "Update" : "Add";
}

export function startEnroll() {
  byId("phonemes").append(...phonemes.map(([name, word]) => element("div", {}, element("code", {}, name), ` ${word}`)));
  byId("phrase").addEventListener("input", () => { showButton(); findSoon(); });
  byId("pronunciation").addEventListener("input", findSoon);
  byId("allowed").addEventListener("input", showAllowed);
  byId("allowed").addEventListener("change", () => findRest());
  byId("take-pronunciation").addEventListener("click", () => {
    if (!shown) return byId("phrase").focus();
    byId("pronunciation").value = shown.pronunciations[0];
    byId("pronunciation").focus();
    findSoon();
  });
  byId("enroll").addEventListener("submit", enroll);
  showAllowed();
  on("state", showButton);
}
