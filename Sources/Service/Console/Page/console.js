// Puts the page together, and asks for the token where there is one.
import { ask, known, on, refresh, watch } from "./service.js";
import { byId } from "./parts.js";
import { startMicrophone } from "./microphone.js";
import { startTraces } from "./trace.js";
import { startPhrases } from "./phrases.js";
import { startEnroll } from "./enroll.js";
import { startEvents } from "./events.js";
import { startFiles } from "./files.js";

function unlock() {
  byId("lock").hidden = true;
  byId("main").hidden = false;
  watch();
}

function lock(text) {
  byId("main").hidden = true;
  byId("lock").hidden = false;
  byId("link").textContent = "Locked";
  byId("link").className = "pill";
  byId("lock-problem").hidden = !text;
  byId("lock-problem").textContent = text || "";
  byId("token").focus();
}

async function logIn(token) {
  try {
    await ask("api/session", { method: "POST", body: { token } });
    unlock();
  } catch (refusal) {
    lock(`${refusal.message}: ${refusal.remedy}.`);
  }
}

async function begin() {
  startMicrophone();
  startTraces();
  startPhrases();
  startEnroll();
  startEvents();
  startFiles();
  on("state", () => { byId("about").textContent = `${known.version} · ${known.model}`; });
  on("locked", () => lock());
  on("link", (state) => {
    byId("link").textContent = state === "live" ? "Live" : "Reconnecting…";
    byId("link").className = `pill ${state}`;
  });
  byId("lock").addEventListener("submit", (event) => {
    event.preventDefault();
    logIn(byId("token").value.trim());
    byId("token").value = "";
  });
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  // The token stays in no history and on no screen.
  if (given) history.replaceState(null, "", location.pathname);
  if (given) return logIn(given);
  try {
    const session = await ask("api/session");
    if (session.needsToken) return lock();
    await refresh();
  } catch (refusal) {
    byId("link").textContent = refusal.message;
    byId("link").className = "pill lost";
  }
  unlock();
}

begin();
