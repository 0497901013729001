"""Reads metrics with Prometheus' parser and compares them with the events that a service printed.

    exposition.py scrape PORT EVENTS PROCESS      while the service runs
    exposition.py file FILE EVENTS AUDIO_FOLDER   after its end
    exposition.py labels FILE                     of phrases with odd characters

Prints a line for each check. The exit status is 1 if one failed.
"""

import collections
import json
import os
import sys
import time
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

PHRASES = {"hey computer", "hey scout", "railway station", "turn on the lights"}
failures = 0


def check(title, holds, detail=""):
    global failures
    print(("ok   " if holds else "FAIL ") + title + (f" ({detail})" if detail and not holds else ""), flush=True)
    failures += 0 if holds else 1


def read(text):
    families = {family.name: family for family in text_string_to_metric_families(text)}
    samples = [sample for family in families.values() for sample in family.samples]
    keys = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in samples]
    check("no sample is repeated", len(keys) == len(set(keys)))
    check("every metric has a type and a help text",
          all(family.type in ("counter", "gauge", "histogram") and family.documentation for family in families.values()))
    return families, {key: sample.value for key, sample in zip(keys, samples)}


def value(samples, name, **labels):
    return samples.get((name, tuple(sorted(labels.items()))))


def detections(path):
    with open(path, encoding="utf-8") as file:
        return collections.Counter(json.loads(line)["phrase"] for line in file if line.endswith("\n"))


def counted(samples):
    return {phrase: value(samples, "cooee_detections_total", phrase=phrase) for phrase in PHRASES}


def histograms_hold(families, samples):
    for phrase in PHRASES:
        buckets = sorted((float(sample.labels["le"]), sample.value) for sample in families["cooee_candidate_score"].samples
                         if sample.name.endswith("_bucket") and sample.labels["phrase"] == phrase)
        counts = [count for _, count in buckets]
        if len(counts) != 12 or counts != sorted(counts):
            return False
        if counts[-1] != value(samples, "cooee_candidate_score_count", phrase=phrase):
            return False
        if counts[-1] < value(samples, "cooee_detections_total", phrase=phrase):
            return False
    return True


def scrape(port, events, process):
    def fetch():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return answer.headers["Content-Type"], answer.read().decode("utf-8")

    end = time.monotonic() + 60
    while sum(detections(events).values()) < 6 and time.monotonic() < end:
        time.sleep(0.2)
    fetch()  # a response to count
    for attempt in range(20):  # an event may occur between the two reads
        before = detections(events)
        kind, text = fetch()
        if before == detections(events) and sum(before.values()) == sum(
                sample.value for family in text_string_to_metric_families(text) for sample in family.samples
                if sample.name == "cooee_detections_total"):
            break
        time.sleep(0.3)
    if attempt > 0:
        print(f"retried: reading events and metrics at the same moment, {attempt} times")
    families, samples = read(text)
    check("the content type is that of the text format", kind.startswith("text/plain; version=0.0.4"), kind)
    check("the console's metrics count the events on standard output",
          counted(samples) == {phrase: before[phrase] for phrase in PHRASES} and sum(before.values()) >= 6,
          f"{counted(samples)}, {before}")
    check("histograms are consistent", histograms_hold(families, samples))
    check("the microphone is up and delivers samples", value(samples, "cooee_microphone_up") == 1 and value(samples, "cooee_samples_total") > 0)
    check("responses of the console are counted", (value(samples, "cooee_http_requests_total", code="200") or 0) >= 1)
    check("the missing broker is reported", value(samples, "cooee_mqtt_connected") == 0)
    with open(f"/proc/{process}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    check("CPU time is the kernel's", abs(value(samples, "process_cpu_seconds_total") - seconds) < 2, f"{seconds}")
    pages = int(open(f"/proc/{process}/statm", encoding="utf-8").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    check("memory is the kernel's", abs(value(samples, "process_resident_memory_bytes") - pages) < 8e6, f"{pages}")
    check("the start time of the process is recent", 0 <= time.time() - value(samples, "process_start_time_seconds") < 120)
    check("labels are few", len(samples) < 200, f"{len(samples)}")


def file(path, events, audio):
    families, samples = read(open(path, encoding="utf-8").read())
    heard = detections(events)
    check("the final file counts all events", counted(samples) == {phrase: heard[phrase] for phrase in PHRASES},
          f"{counted(samples)}, {heard}")
    check("histograms of the file are consistent", histograms_hold(families, samples))
    kept = [name for name in os.listdir(audio) if name.endswith(".wav")]
    dropped = value(samples, "cooee_sink_dropped_total", sink="recordings")
    check("each detection has an audio file or is counted as dropped", len(kept) + dropped == sum(heard.values()), f"{len(kept)}, {dropped}")
    check("the sinks dropped nothing", {labels: number for (name, labels), number in samples.items()
                                             if name == "cooee_sink_dropped_total" and number} == {})


def labels(path):
    _, samples = read(open(path, encoding="utf-8").read())
    for phrase in ('hey "computer"', "back\\slash", 'größe, 日本 {a="b"}', "tab\there"):
        check(f"{phrase!r} is read back", value(samples, "cooee_detections_total", phrase=phrase) == 1)


{"scrape": scrape, "file": file, "labels": labels}[sys.argv[1]](*sys.argv[2:])
sys.exit(1 if failures else 0)
