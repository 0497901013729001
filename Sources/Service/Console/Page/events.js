// What was heard, the newest first, and what the service told.
import { known, on } from "./service.js";
import { byId, element, scoreText, timeText } from "./parts.js";

const most = 100;

function line(event) {
  const time = new Date(event.at);
  return element(
    "li", {}, element("time", { datetime: time.toISOString(), title: time.toLocaleString() }, timeText(event.at)),
    element("span", { class: "name" }, event.microphone ? `${event.phrase} (${event.microphone})` : event.phrase),
    element("span", { title: `threshold ${scoreText(event.threshold)}` }, scoreText(event.score)));
}

function showAll() {
  const list = byId("event-list");
  list.replaceChildren(...known.history.slice(-most).reverse().map(line));
  byId("no-events").hidden = known.history.length > 0;
  byId("notice-list").replaceChildren(
    ...(known.notices?.length ? [...known.notices].reverse() : ["None."]).map((text) => element("li", {}, text)));
}

export function startEvents() {
  on("state", showAll);
  on("candidate", (candidate) => {
    if (!candidate.detected) return;
    const list = byId("event-list");
    list.prepend(line(candidate));
    while (list.children.length > most) list.lastElementChild.remove();
    byId("no-events").hidden = true;
  });
  on("notice", ({ text }) => {
    known.notices = [...(known.notices || []), text].slice(-20);
    const list = byId("notice-list");
    if (list.firstElementChild?.textContent === "None.") list.replaceChildren();
    list.prepend(element("li", {}, text));
  });
}
