"""Uses the console in Chromium as an installer does.

    browser.py PORT WORK_FOLDER [PICTURE_FOLDER]

Prints a line for each check. The exit status is 1 if one failed.
"""

import importlib.util
import os
import sys
import time

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.chrome.service import Service

port, work = sys.argv[1:3]
pictures = sys.argv[3] if len(sys.argv) > 3 else None
axe = open(os.path.join(importlib.util.find_spec("axe_playwright_python").submodule_search_locations[0], "axe.min.js"), encoding="utf-8").read()
failures = 0


def check(title, holds, detail=""):
    global failures
    print(("ok   " if holds else "FAIL ") + title + (f" ({detail})" if detail and not holds else ""), flush=True)
    failures += 0 if holds else 1


def start():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--mute-audio",
                     "--hide-scrollbars", f"--user-data-dir={work}/profile", "--force-color-profile=srgb"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


browser = start()


def script(text, *values):
    return browser.execute_script(text, *values)


def wait(condition, seconds=30):
    """The value of a condition when it becomes true, or None."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            value = condition()
        except Exception:  # the element was replaced in the meantime
            value = None
        if value:
            return value
        time.sleep(0.1)
    return None


def find(selector):
    return browser.find_element(By.CSS_SELECTOR, selector)


def text(selector):
    return script("return document.querySelector(arguments[0])?.innerText || ''", selector)


def card(phrase):
    for one in browser.find_elements(By.CSS_SELECTOR, ".phrase"):
        if one.find_element(By.CSS_SELECTOR, "h3").text == phrase:
            return one
    return None


def size(width, height, dark=False, ratio=1, still=False):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": height, "deviceScaleFactor": ratio, "mobile": width < 600})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
        {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"}]})


def picture(name, at="body"):
    if not pictures:
        return
    time.sleep(1)
    script("document.getElementById('toasts').replaceChildren(); document.querySelector(arguments[0]).scrollIntoView()", at)
    time.sleep(0.5)
    browser.save_screenshot(os.path.join(pictures, name))


def press(*keys):
    browser.switch_to.active_element.send_keys(*keys)


def focus_by_tab(is_there, most=60, keys=(Keys.TAB,)):
    """Presses Tab, or other keys, until the wanted element has the focus."""
    for _ in range(most):
        if script("return document.activeElement && (" + is_there + ")(document.activeElement)"):
            return True
        press(*keys)
    return False


def accessibility(title):
    script(axe)
    found = browser.execute_async_script(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(arguments[0])")
    details = "; ".join(f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}" for one in found["violations"])
    check(f"axe-core finds no accessibility problems, {title} ({len(found['passes'])} rules pass)",
          not found["violations"], details)


def type_phrase(phrase):
    field = find("#phrase")
    field.clear()
    field.send_keys(phrase)


size(1280, 900)
browser.get(f"http://127.0.0.1:{port}/")
check("the page shows that it is live", wait(lambda: text("#link") == "Live"), text("#link"))
check("the level meter moves", wait(lambda: len({script(
    "return document.querySelector('.meter .fill').style.transform") for _ in range(20) if not time.sleep(0.1)}) > 3))
check("the microphone is shown", "kitchen" in text("#microphone-state"), text("#microphone-state"))
check("both microphones can be selected", wait(lambda: {"kitchen", "cellar"} <= set(script(
    "return [...document.querySelectorAll('#device option')].map((one) => one.value)"))))
check("a page without phrases shows what to do", "Type one" in text("#no-phrases"))

type_phrase("hey computer")
check("the pronunciation is shown while typing", wait(lambda: "HH EY . K AH M P Y UW T ER" in text("#preview")))
check("advice from running speech is shown", wait(lambda: "false alarms an hour" in text("#preview-summary")), text("#preview-summary"))
find("#preview details summary").click()
check("false alarms are listed by threshold", wait(lambda: "in noise" in text("#preview table")))
find("#phrase").send_keys(Keys.ENTER)
check("Enter adds the phrase", wait(lambda: card("hey computer")))
heard = browser.execute_async_script("""
    const done = arguments[0];
    fetch('/api/sound', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"phrase": "hey computer"}'})
      .then((one) => one.blob()).then((blob) => blob.arrayBuffer()).then((bytes) => new OfflineAudioContext(1, 1, 16000)
      .decodeAudioData(bytes)).then((sound) => done(sound.duration), (error) => done(String(error)))""")
check("the phrase can be played", isinstance(heard, (int, float)) and 0.4 < heard < 4, str(heard))
card("hey computer").find_element(By.XPATH, ".//button[text()='Hear it']").click()
check("a detection arrives", wait(lambda: "hey computer" in text("#event-list"), 60))
check("it is announced to screen readers", wait(lambda: script(
    "return document.querySelector('#announcements').textContent").startswith("Detected hey computer") or "Detected hey computer" in script(
    "return document.querySelector('#announcements').textContent"), 60))
check("the trace is described in words", wait(lambda: "best score" in card("hey computer").text, 60))

type_phrase("zorblax")
check("a guess is marked", wait(lambda: "guess" in text("#preview")), text("#preview"))
type_phrase("hey 東京")
check("unreadable text is reported with what to do", wait(lambda: "ype the phrase as it sounds" in text("#preview-summary")),
      text("#preview-summary"))
type_phrase("cat")
check("a short phrase gives a warning", wait(lambda: "phonemes" in text("#preview")), text("#preview"))

# With the keyboard only: a phrase with a typed pronunciation.
browser.get(f"http://127.0.0.1:{port}/")
wait(lambda: text("#link") == "Live" and card("hey computer"))
press(Keys.TAB)
check("the first Tab stop is a skip link", script("return document.activeElement.className") == "skip")
check("the phrase field is reached", focus_by_tab("(one) => one.id === 'phrase'"))
press("hey scout")
check("the options are reached", focus_by_tab("(one) => one.tagName === 'SUMMARY' && one.parentElement.id === 'options'"))
press(Keys.ENTER)
check("the pronunciation field is reached", focus_by_tab("(one) => one.id === 'pronunciation'"))
press("HH EY . S K AW T", Keys.ENTER)
check("a phrase with a typed pronunciation is added", wait(lambda: card("hey scout") and "typed" in card("hey scout").text))
check("the focus returns to the phrase field", wait(lambda: script("return document.activeElement.id") == "phrase"))

slider = "(one) => one.type === 'range' && one.closest('.phrase')?.querySelector('h3').textContent === 'hey computer'"
check("the false alarms of a phrase are shown", wait(lambda: "an hour" in card("hey computer").find_element(By.CSS_SELECTOR, "output").text))
before = script("return fetch('/api/state').then((one) => one.json())")["phrases"][0]["threshold"]
check("its slider is reached", focus_by_tab(slider, 120))
press(Keys.ARROW_RIGHT)
press(Keys.ARROW_RIGHT)
check("arrow keys lower the stored threshold", wait(lambda: script(
    "return fetch('/api/state').then((one) => one.json())")["phrases"][0]["threshold"] < before))
check("the expected results are shown", "a typical phrase is missed" in card("hey computer").text, card("hey computer").text)

# The test of a phrase that is played repeatedly.
check("the test is reached", focus_by_tab("(one) => one.getAttribute('aria-label') === 'Test “hey scout”'", 160))
press(Keys.ENTER)
check("its start button has the focus", wait(lambda: script("return document.activeElement.textContent") == "Start"))
script("document.querySelector('.trial input[type=number]').value = 2")
press(Keys.ENTER)
check("it asks for the phrase", wait(lambda: "Say it now" in text(".trial .prompt")))
check("it counts to the end", wait(lambda: " of 2" in text(".trial .prompt") and "Detected" in text(".trial .prompt"), 40), text(".trial .prompt"))
check("it shows what to do", wait(lambda: text(".trial .note")))
press(Keys.ESCAPE)
check("Escape closes it and returns the focus", wait(lambda: script("return document.activeElement.textContent") == "Test it"))

check("removing is reached", focus_by_tab("(one) => one.getAttribute('aria-label') === 'Remove “hey scout”'", 60))
press(Keys.ENTER)
check("a phrase is removed", wait(lambda: not card("hey scout")))
check("the removal can be undone", wait(lambda: find(".toast button")) is not None)
script("document.querySelector('.toast button').focus()")
press(Keys.ENTER)
check("the phrase is restored", wait(lambda: card("hey scout")))

# Changing a phrase.
check("editing is reached", focus_by_tab("(one) => one.getAttribute('aria-label') === 'Edit “hey scout”'", 200))
press(Keys.ENTER)
check("the editor shows the phrase and its pronunciation", wait(lambda: script(
    "return document.activeElement.value") == "hey scout" and script(
    "return document.querySelector('form.trial textarea').value") == "HH EY . S K AW T"))
press(" two")
check("the pronunciations are reached", focus_by_tab("(one) => one.tagName === 'TEXTAREA'", 3))
press(Keys.END, Keys.ENTER, "/heɪ S/")
check("saving is reached", focus_by_tab("(one) => one.type === 'submit'", 4))
press(Keys.ENTER)
check("a symbol that cannot be read is reported", wait(lambda: "Did you mean /s/" in text("form.trial .note")), text("form.trial"))
check("the pronunciations are reached again", focus_by_tab("(one) => one.tagName === 'TEXTAREA'", 4, (Keys.SHIFT, Keys.TAB)))
press(Keys.BACKSPACE, Keys.BACKSPACE, "skuː/")
accessibility("with an open editor")
check("saving is reached again", focus_by_tab("(one) => one.type === 'submit'", 4))
press(Keys.ENTER)
check("the phrase is changed", wait(lambda: card("hey scout two") and "HH EY . S K UW" in card("hey scout two").text))
check("its other pronunciation stays", "HH EY . S K AW T" in card("hey scout two").text, card("hey scout two").text)
check("the changed phrase has the focus", wait(lambda: script("return document.activeElement.textContent") == "hey scout two"))

# The phrase file.
script("fetch('/api/file').then((one) => one.arrayBuffer()).then((bytes) => window.saved = bytes)")
check("the phrase file is exported", wait(lambda: script("return window.saved?.byteLength") or 0))
bad = os.path.join(work, "holiday.cooeep")
open(bad, "wb").write(b"no phrases at all")
find("#file-input").send_keys(bad)
wait(lambda: find("#file-question button").is_displayed())
find("#file-question button").click()
check("an invalid file is rejected with the reason", wait(lambda: "not a Cooee file" in text("#file-result")), text("#file-result"))
good = os.path.join(work, "copy.cooeep")
open(good, "wb").write(open(os.path.join(work, "phrases.cooeep"), "rb").read())
find("#file-input").send_keys(good)
wait(lambda: find("#file-question button").is_displayed())
find("#file-question button").click()
check("a phrase file is imported", wait(lambda: "Imported 2 phrases" in text("#file-result")), text("#file-result"))

accessibility("in light colors")
size(1280, 900, dark=True)
accessibility("in dark colors")
size(1280, 900)

# Another microphone and back.
script("const one = document.querySelector('#device'); one.value = 'cellar'; one.dispatchEvent(new Event('change'))")
check("another microphone can be selected", wait(lambda: "cellar" in text("#microphone-state")), text("#microphone-state"))
script("const one = document.querySelector('#device'); one.value = 'kitchen'; one.dispatchEvent(new Event('change'))")
check("the first microphone can be selected again", wait(lambda: "kitchen" in text("#microphone-state")), text("#microphone-state"))

# A microphone that delivers zeros: the page shows the service's advice and no other.
script("""
    window.shown = [];
    new MutationObserver(() => window.shown.push(document.querySelector('#microphone').innerText))
      .observe(document.querySelector('#microphone'), {subtree: true, childList: true, characterData: true});
    const one = document.querySelector('#device'); one.value = 'attic'; one.dispatchEvent(new Event('change'))""")
check("a dead microphone is reported", wait(lambda: "only zeros" in text("#level-verdict")), text("#level-verdict"))
shown = [one for one in script("return window.shown") if "Listening to attic" in one]
check("it is never called good", shown and not any("level is good" in one for one in shown), str(shown[:3]))
script("const one = document.querySelector('#device'); one.value = 'kitchen'; one.dispatchEvent(new Event('change'))")
check("a good level is called good", wait(lambda: "level is good" in text("#level-verdict")), text("#level-verdict"))

for width in (360, 768, 1280):
    size(width, 780)
    time.sleep(0.3)
    wide = script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check(f"nothing is wider than the screen at {width} pixels", wide == 0, str(wide))
size(360, 780)
accessibility("on a phone")
size(1280, 900, still=True)
check("reduced motion is respected", script(
    "return getComputedStyle(document.querySelector('.meter .fill')).transitionDuration") in ("0s", "1e-05s"))

if pictures:
    size(1280, 1070)
    script("document.querySelector('#file-result').replaceChildren()")
    wait(lambda: len(browser.find_elements(By.CSS_SELECTOR, "#event-list li")) > 6, 60)
    type_phrase("lights out")
    wait(lambda: "false alarms an hour" in text("#preview-summary"))
    script("document.activeElement.blur()")
    picture("console-light.png")
    size(1280, 1070, dark=True)
    picture("console-dark.png")
    type_phrase("")
    find("#phrase").send_keys(" ", Keys.BACKSPACE)
    size(390, 844, ratio=1.5)
    picture("console-phone.png", at="#phrases")

log = [one for one in browser.get_log("browser") if one["level"] == "SEVERE" and "422" not in one["message"]]
check("the browser log is empty", not log, str(log[:3]))
browser.quit()
print(f"{failures} failed" if failures else "all hold")
sys.exit(1 if failures else 0)
