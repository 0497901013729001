"""Uses the console in Chromium inside Home Assistant's page, through ingress. Run by .ci/service/home-assistant: WORK_FOLDER"""

import sys
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

work = sys.argv[1]
options = webdriver.ChromeOptions()
options.binary_location = "/usr/bin/chromium"
for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", f"--user-data-dir={work}/profile"):
    options.add_argument(argument)
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def wait(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                print("ok   " + what, flush=True)
                return
        except Exception:  # the element was replaced in the meantime
            pass
        time.sleep(0.1)
    print("FAIL " + what, browser.get_log("browser"), flush=True)
    browser.quit()
    sys.exit(1)


def text(selector):
    return browser.find_element(By.CSS_SELECTOR, selector).text


browser.get("http://127.0.0.1:8123/")
browser.switch_to.frame("app")
wait("the console shows itself in a frame, without a token", lambda: text("#phrase-list").find("hey computer") >= 0)
wait("its feed runs through ingress", lambda: "level" in text("#level-text").lower() or "dBFS" in text("#level-text"))
browser.find_element(By.ID, "phrase").send_keys("hey scout")
browser.find_element(By.ID, "enroll-button").click()
wait("a phrase is enrolled through ingress", lambda: text("#phrase-list").find("hey scout") >= 0)
problems = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE" and "favicon" not in entry["message"]]
if problems:
    print("FAIL the browser complains", problems, flush=True)
browser.quit()
sys.exit(1 if problems else 0)
