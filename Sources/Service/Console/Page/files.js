// The phrase file: giving it out and taking phrases in.
import { ask, known, on, refresh } from "./service.js";
import { byId, element, problem } from "./parts.js";

function question(file) {
  const box = byId("file-question");
  const take = (method) => async () => {
    close();
    const result = byId("file-result");
    try {
      const answer = await ask("api/file", { method, body: new Blob([file], { type: "application/octet-stream" }) });
      result.replaceChildren(element("p", { class: "note" },
        `Imported ${answer.taken} phrase${answer.taken === 1 ? "" : "s"} from ${file.name}. Total: ${answer.count}.`));
      await refresh();
    } catch (refusal) {
      result.replaceChildren(problem(refusal));
    }
  };
  const close = () => {
    box.hidden = true;
    byId("file-input").value = "";
    byId("file-input").focus();
  };
  const add = element("button", { type: "button", class: "small", onclick: take("POST") }, "Add to the phrases here");
  box.replaceChildren(
    element("p", {}, `Import phrases from ${file.name}?`),
    element("div", { class: "row" }, add,
      element("button", { type: "button", class: "small", onclick: take("PUT") }, "Replace all phrases"),
      element("button", { type: "button", class: "small", onclick: close }, "Cancel")));
  box.hidden = false;
  add.focus();
}

export function startFiles() {
  byId("file-input").addEventListener("change", (event) => {
    byId("file-result").replaceChildren();
    if (event.target.files[0]) question(event.target.files[0]);
  });
  on("state", () => { byId("file-path").textContent = known.file || ""; });
}
