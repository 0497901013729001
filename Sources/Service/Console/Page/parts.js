// Small parts that the others are made of.

export const byId = (id) => document.getElementById(id);

/** An element with properties and children; texts are texts and never markup. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = value;
    else if (value === true) made.setAttribute(key, "");
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}

/** Says something to those who do not see the page. */
export function announce(text) {
  const line = element("p", {}, text);
  byId("announcements").append(line);
  setTimeout(() => line.remove(), 10_000);
}

/** Shows a message for a while; with an action it stays longer, and as long as it has the focus. */
export function toast(text, action, act) {
  const shown = element("div", { class: "toast", role: "status" }, element("span", {}, text));
  const remove = () => shown.remove();
  let timer = setTimeout(remove, action ? 20_000 : 6_000);
  if (action) {
    const button = element("button", { type: "button", class: "small", onclick: () => { remove(); act(); } }, action);
    button.addEventListener("focus", () => clearTimeout(timer));
    button.addEventListener("blur", () => { timer = setTimeout(remove, 8_000); });
    shown.append(button);
  }
  byId("toasts").append(shown);
}

/** What went wrong and what to do. */
export function problem(refusal, tag = "p") {
  const remedy = refusal.remedy ? element("span", { class: "remedy" }, sentence(refusal.remedy)) : undefined;
  return element(tag, { class: "note bad", role: "alert" }, sentence(refusal.message || refusal.error), remedy);
}

export function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

/** A rate of false alarms with two digits or so. */
export function rateText(rate) {
  if (rate >= 10) return rate.toFixed(0);
  if (rate >= 1) return rate.toFixed(1);
  return rate >= 0.01 ? rate.toFixed(2) : rate >= 0.001 ? rate.toFixed(3) : "under 0.001";
}

/** The same in words that need no arithmetic. */
export function rateWords(rate) {
  if (rate >= 0.95) return `${rateText(rate)} an hour`;
  const hours = 1 / rate;
  return hours < 24 ? `one in ${Math.round(hours)} hours` : `one in ${Math.round(hours / 24)} days`;
}

/** A score with as many decimals as tell it from 0 and from 1. */
export function scoreText(score) {
  let decimals = 2;
  while (decimals < 7 && score > 0 && score < 1) {
    const unit = 10 ** -decimals;
    if (score >= unit && 1 - score >= unit) break;
    decimals += 1;
  }
  return score.toFixed(decimals);
}

export const logistic = (logit) => 1 / (1 + Math.exp(-logit));

export function timeText(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

export const minus = (text) => text.replace("-", "−");

/** Calls after a pause; each call begins the pause anew. */
export function afterPause(milliseconds, act) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...values), milliseconds);
  };
}

let player;

/** Plays a sound and gives back its memory afterwards. */
export function play(blob) {
  player?.pause();
  const address = URL.createObjectURL(blob);
  player = new Audio(address);
  player.addEventListener("ended", () => URL.revokeObjectURL(address));
  return player.play();
}
