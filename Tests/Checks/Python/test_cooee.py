"""Tests the installed wheel as its users would. RECORDING is a WAV with "hey computer", EXPECTED the program's detections in it."""

import array
import os
import struct
import threading
import wave

import pytest

import cooee

RECORDING = os.environ["RECORDING"]
EXPECTED = [tuple(float(value) for value in line.split()) for line in open(os.environ["EXPECTED"], encoding="utf8")]


def samples():
    with wave.open(RECORDING, "rb") as file:
        return file.readframes(file.getnframes())


@pytest.fixture(scope="module")
def phrases():
    phrases = cooee.Phrases()
    phrases.add("hey computer")
    phrases.add("turn on the light", threshold=0.5)
    return phrases


def found(events):
    return [(round(event.start, 2), round(event.end, 2), round(event.score, 3)) for event in events]


def test_adding_a_phrase_reports_its_threshold_and_pronunciations(phrases):
    report = cooee.Phrases().add("railway station")
    assert 0 < report.threshold < 1
    assert report.false_alarms_per_hour == pytest.approx(0.1, rel=0.5)
    assert report.phoneme_count > 10 and report.pronunciation_count >= 1 and report.warnings == []


def test_a_short_or_guessed_phrase_has_a_warning():
    assert any("short" in w or "phonemes" in w for w in cooee.Phrases().add("go", threshold=0.5).warnings)
    assert any("guessed" in w for w in cooee.Phrases().add("hey blorptak", threshold=0.5).warnings)


@pytest.mark.parametrize("pronunciation", ["HH EY . K AH M P Y UW T ER", "/heɪ kəmˈpjuːtər/", '"hey kuhm-PYOO-ter"'])
def test_a_pronunciation_is_read_in_arpabet_the_phonetic_alphabet_and_as_a_spelling(pronunciation):
    phrases = cooee.Phrases()
    report = phrases.add("the machine", pronunciation=pronunciation, threshold=0.5)
    assert report.warnings == []
    assert [event.phrase for event in cooee.spot(RECORDING, phrases)] == ["the machine"]
    both = phrases.add("both", pronunciation=f"{pronunciation}, HH EY . B OW TH", threshold=0.5)
    assert both.pronunciation_count == report.pronunciation_count + 1


def test_a_recording_has_the_detections_of_the_program(phrases):
    events = list(cooee.spot(RECORDING, phrases))
    assert found(events) == EXPECTED
    assert {event.phrase for event in events} == {"hey computer"}


@pytest.mark.parametrize("chunk", [1, 7, 160, 4096, 1 << 20])
def test_chunks_of_any_size_give_the_same_events(phrases, chunk):
    spotter = cooee.Spotter(phrases)
    data = array.array("h", samples())
    events = []
    for start in range(0, len(data), chunk):
        events += spotter.process(data[start : start + chunk])
    assert found(events + spotter.finish()) == EXPECTED


def test_bytes_arrays_and_numpy_give_the_same_events(phrases):
    numpy = pytest.importorskip("numpy")
    data = samples()
    for form in (data, bytearray(data), memoryview(data), array.array("h", data), numpy.frombuffer(data, "int16"),
                 numpy.frombuffer(data, "int16").reshape(-1, 1), numpy.frombuffer(data, "int16").repeat(2)[::2]):
        spotter = cooee.Spotter(phrases)
        assert found(spotter.process(form) + spotter.finish()) == EXPECTED


def test_samples_of_another_form_are_refused_with_a_remedy(phrases):
    numpy = pytest.importorskip("numpy")
    spotter = cooee.Spotter(phrases)
    with pytest.raises(TypeError, match="astype"):
        spotter.process(numpy.zeros(160, "float32"))
    for two_channels in (numpy.zeros((160, 2), "int16"), numpy.zeros((160, 2), "int16").T):
        with pytest.raises(TypeError, match="one channel"):
            spotter.process(two_channels)
    with pytest.raises(TypeError, match="astype"):
        spotter.process(numpy.zeros((160, 2))[:, 0])
    with pytest.raises(ValueError, match="whole number"):
        spotter.process(b"abc")
    assert spotter.process(b"") == []


def test_a_stream_starts_again_after_finish_and_reset(phrases):
    spotter = cooee.Spotter(phrases)
    spotter.process(samples()[: len(samples()) // 4 * 2])
    spotter.reset()
    for _ in range(2):
        assert found(spotter.process(samples()) + spotter.finish()) == EXPECTED


def test_thresholds_and_highest_scores(phrases):
    spotter = cooee.Spotter(phrases)
    assert spotter.threshold("turn on the light") == 0.5
    spotter.set_threshold("hey computer", 1)
    assert spotter.process(samples()) + spotter.finish() == []
    assert round(spotter.highest_score("hey computer"), 3) == EXPECTED[0][2]
    assert spotter.highest_score("hey computer") == 0
    with pytest.raises(cooee.CooeeError, match="range"):
        spotter.set_threshold("hey computer", 1.5)
    with pytest.raises(KeyError, match="turn on the light"):
        spotter.threshold("turn off the light")


def test_several_threads_may_share_a_spotter(phrases):
    spotter = cooee.Spotter(phrases)
    failures = []

    def work():
        try:
            for _ in range(20):
                spotter.process(bytes(3200))
                spotter.highest_score("hey computer")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_phrases_are_kept_in_a_file(phrases, tmp_path):
    path = tmp_path / "phrases.cooeep"
    phrases.save(path)
    loaded = cooee.Phrases.load(path)
    assert list(loaded) == ["hey computer", "turn on the light"]
    assert found(cooee.spot(RECORDING, loaded)) == EXPECTED
    loaded.remove("hey computer")
    assert list(loaded) == ["turn on the light"] and "hey computer" not in loaded
    with pytest.raises(KeyError, match="turn on the light"):
        loaded.remove("hey computer")
    loaded.save(path)
    assert list(cooee.Phrases.load(path)) == ["turn on the light"]
    assert os.listdir(tmp_path) == ["phrases.cooeep"]


def test_a_phrase_is_found_by_what_was_typed():
    phrases = cooee.Phrases()
    report = phrases.add("  What\u2019s  Up ", threshold=0.5)
    assert list(phrases) == [report.text] == ["What's Up"]
    for typed in ("What's Up", "what\u2019s up", " WHAT'S\u00a0UP"):
        assert typed in phrases and cooee.Spotter(phrases).threshold(typed) == 0.5
    assert "what is up" not in phrases and 3 not in phrases
    phrases.remove("what\u2019s up")
    assert list(phrases) == []


def test_a_phrase_that_cannot_be_added_changes_nothing(phrases):
    before = list(phrases)
    for text, message in [("hey computer", "already"), ("☂", "character"), ("...", "no letters"), ("word " * 100, "too many")]:
        with pytest.raises(cooee.CooeeError, match=message):
            phrases.add(text, threshold=0.5)
    for pronunciation in ("HX 1", "/h%/", "", ", ".join(["HH AH L OW"] * 9)):
        with pytest.raises(cooee.CooeeError, match="ARPAbet.*between slashes.*in quotation marks"):
            phrases.add("hello world", pronunciation=pronunciation, threshold=0.5)
    for threshold in (0, 1.5, float("nan")):
        with pytest.raises(ValueError, match="threshold"):
            phrases.add("hello world", threshold=threshold)
    with pytest.raises(ValueError, match="zero character"):
        phrases.add("hello\0world")
    assert list(phrases) == before


def test_files_that_cannot_be_used_are_refused_with_a_remedy(tmp_path):
    damaged = tmp_path / "damaged.cooeep"
    damaged.write_bytes(b"nothing of the kind")
    with pytest.raises(cooee.CooeeError, match="damaged.cooeep.*enroll the phrases again"):
        cooee.Phrases.load(damaged)
    with pytest.raises(FileNotFoundError):
        cooee.Phrases.load(tmp_path / "missing")
    with pytest.raises(ValueError, match="add one first"):
        cooee.Spotter(cooee.Phrases())
    with pytest.raises(ValueError, match="add one first"):
        cooee.Phrases().save(tmp_path / "empty")
    stereo = tmp_path / "stereo.wav"
    with wave.open(str(stereo), "wb") as file:
        file.setparams((2, 2, 44100, 0, "NONE", ""))
        file.writeframes(struct.pack("<4h", 1, 2, 3, 4))
    phrases = cooee.Phrases()
    phrases.add("hey computer", threshold=0.5)
    for path in (stereo, damaged):
        with pytest.raises(ValueError, match="ffmpeg"):
            list(cooee.spot(path, phrases))


def test_openvoiceos_loads_and_uses_the_plug_in(phrases, tmp_path):
    manager = pytest.importorskip("ovos_plugin_manager.wakewords")
    assert "ovos-ww-plugin-cooee" in manager.find_wake_word_plugins()
    path = tmp_path / "phrases.cooeep"
    phrases.save(path)
    for name, settings in [
        ("hey_computer", {"false_alarms_per_hour": 0.5}),
        ("hey__computer_", {}),
        ("greeting", {"phrase": "Hey  Computer", "phrases": path}),
    ]:
        engine = manager.OVOSWakeWordFactory.create_hotword(
            name, {"hotwords": {name: {"module": "ovos-ww-plugin-cooee", **settings}}}
        )
        assert type(engine).__name__ == "CooeeHotWordEngine"
        heard = []
        data = samples() + bytes(16000)
        for start in range(0, len(data), 2048):
            engine.update(data[start : start + 2048])
            if engine.found_wake_word():
                heard.append(start)
        assert len(heard) == len(EXPECTED)
        assert not engine.found_wake_word()
        engine.reset()
        engine.stop()
