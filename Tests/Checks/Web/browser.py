"""Uses the page in Chromium as a visitor does, from the disk, with a recording as the microphone.

    browser.py PAGE RECORDING.wav WORK_FOLDER [PICTURE]

Standard input has the detections that the program found in the same recording, as "start end score" with three decimals of
score. Prints a line for each check. The exit status is 1 if one failed.
"""

import json
import os
import sys
import time

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.chrome.service import Service

page, recording, work = sys.argv[1:4]
picture = sys.argv[4] if len(sys.argv) > 4 else None
expected = [line.split() for line in sys.stdin if line.strip()]
failures = 0


def check(title, holds, detail=""):
    global failures
    print(("ok   " if holds else "FAIL ") + title + (f" ({detail})" if detail and not holds else ""), flush=True)
    failures += 0 if holds else 1


options = webdriver.ChromeOptions()
options.binary_location = "/usr/bin/chromium"
for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--mute-audio",
                 f"--user-data-dir={work}/profile", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                 f"--use-file-for-fake-audio-capture={recording}"):
    options.add_argument(argument)
options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
browser.set_window_size(760, 1150)


def wait(condition, seconds=60):
    """The value of a condition when it becomes true, or None."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    return None


def find(selector):
    return browser.find_element(By.CSS_SELECTOR, selector)


def state():
    return find("#state").text


def detections():
    return [[part.text for part in item.find_elements(By.TAG_NAME, "span")]
            for item in browser.find_elements(By.CSS_SELECTOR, "#detections li")]


def add(text):
    find("#text").clear()
    find("#text").send_keys(text)
    find("#enroll").click()
    wait(lambda: state().startswith("Testing"), 5)
    return wait(lambda: not state().startswith("Testing") and state())


began = time.monotonic()
browser.get("file://" + os.path.abspath(page))
check("the page gets ready", wait(lambda: state() == "Ready."), state())
check("a phrase is added by typing it", (add("hey computer") or "").startswith("Added “hey computer”"), state())
check("its threshold is shown", 0 < float(find(".threshold").text) < 1, find(".threshold").text)
find("#file").send_keys(recording)
first = wait(detections)
print(f"     from opening the page to the first detection, a recording's: {time.monotonic() - began:.1f} s; {state()}", flush=True)
found = [[*when.replace(" s", "").split("–"), score] for when, _, score, _ in reversed(detections())]
check("the recording has the detections that the program reports", found == expected, f"{found}, not {expected}")
check("nothing but characters is refused", "character" in (add("☂☂") or ""), state())
check("a phrase is added once", "already" in (add("hey computer") or ""), state())

browser.execute_script("document.getElementById('detections').replaceChildren()")
find("#listen").click()
heard = wait(lambda: [one for one in detections() if one[3] == "microphone"])
check("the phrase is heard through the microphone", heard and heard[0][1] == "hey computer", f"{detections()}; {state()}")
check("the level is shown", "dB" in find("#level-text").text or "silence" in find("#level-text").text)
check("the last score is shown", find(".last").text != "none")
if picture:
    browser.save_screenshot(picture)
find("#listen").click()
wait(lambda: state() == "Ready.", 5)

browser.execute_script(
    "const slider = document.querySelector('#phrases input'); slider.value = 1; slider.dispatchEvent(new Event('input'));")
browser.execute_script("document.getElementById('detections').replaceChildren()")
find("#file").send_keys(recording)
check("a threshold of 1 silences the phrase", wait(lambda: "0 detections" in state()), state())
broken = os.path.join(work, "broken.wav")
with open(broken, "wb") as file:
    file.write(b"RIFF but nothing that follows it")
find("#file").send_keys(broken)
check("what is no recording is refused", wait(lambda: "broken.wav is not a recording" in state(), 10), state())
find("#phrases button").click()
check("a phrase is removed", wait(lambda: not browser.find_elements(By.CSS_SELECTOR, "#phrases li"), 10))
check("without phrases there is nothing to listen for", not find("#listen").is_enabled())

asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
urls = [one["params"]["request"]["url"] for one in asked if one["method"] == "Network.requestWillBeSent"]
outside = [url for url in urls if not url.startswith(("file:", "blob:", "data:", "chrome:"))]
check("the page asks nobody for anything", urls and not outside, outside)
escaped = browser.execute_async_script(
    "const done = arguments[0]; fetch('https://example.org/').then(() => done('sent'), (error) => done(error.name));")
check("the browser stops what would leave the page", escaped == "TypeError", escaped)
errors = [entry["message"] for entry in browser.get_log("browser")
          if entry["level"] == "SEVERE" and "example.org" not in entry["message"]]
check("the browser has no error to report", not errors, errors)
browser.quit()
sys.exit(1 if failures else 0)
