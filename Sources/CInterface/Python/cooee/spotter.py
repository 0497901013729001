"""Listening: samples in, events out."""

from __future__ import annotations

import ctypes
import os
import threading
import wave
from array import array
from dataclasses import dataclass
from typing import Iterator, List, Union

from ._library import SAMPLES_PER_SECOND, Block, EventStructure, Path, check, library
from .phrases import Phrases, find

#: Bytes of S16LE, or an array of 16-bit integers: array("h"), a NumPy array of int16, a memoryview.
Samples = Union[bytes, bytearray, memoryview, "array[int]"]


@dataclass(frozen=True)
class Event:
    """A phrase was heard."""

    #: The text of the phrase.
    phrase: str
    #: Where it begins and ends, in seconds from the start of the stream.
    start: float
    end: float
    #: The probability that it was spoken, 0 to 1.
    score: float


class Spotter:
    """Listens to one stream for the phrases. Threads may share it; each call waits for the others."""

    def __init__(self, phrases: Phrases) -> None:
        if not phrases:
            raise ValueError("there are no phrases to listen for; add one first")
        self._spotter = ctypes.c_void_p()
        self._texts = list(phrases)
        # The library borrows these.
        self._model = phrases._model
        self._phrases = Block(phrases._file)
        needed = ctypes.c_size_t()
        what = "cannot listen"
        check(library.cooee_spotter_memory(self._model.bytes, self._phrases.bytes, ctypes.byref(needed)), what)
        self._memory = Block(needed.value)
        check(
            library.cooee_spotter_create(
                self._memory.start,
                self._memory.size,
                self._model.bytes,
                self._phrases.bytes,
                None,
                ctypes.byref(self._spotter),
            ),
            what,
        )
        self._lock = threading.Lock()

    def process(self, samples: "Samples") -> List[Event]:
        """Processes the next samples of the stream, of any number, and returns the events that ended in them."""
        view = memoryview(samples)
        if view.format not in ("h", "<h", "=h", "@h", "B", "b", "c"):
            raise TypeError(
                f"samples of the format {view.format!r}; they must be signed 16-bit integers: "
                "for NumPy's float32 of -1 to 1, (samples * 32767).astype('int16')"
            )
        shape = view.shape or ()
        if len(shape) > 1 and 1 not in shape:
            raise TypeError(f"samples of the shape {shape}; there must be one channel")
        if view.nbytes % 2:
            raise ValueError(f"{view.nbytes} bytes are not a whole number of 16-bit samples")
        data = view.tobytes()
        with self._lock:
            check(library.cooee_spotter_process(self._spotter, data, len(data) // 2), "cannot process")
            return self._poll()

    def finish(self) -> List[Event]:
        """Ends the stream, and returns the last events. The next samples begin another stream at 0 seconds."""
        with self._lock:
            check(library.cooee_spotter_finish(self._spotter), "cannot finish")
            return self._poll()

    def reset(self) -> None:
        """Discards the stream and its events. The next samples begin another stream at 0 seconds."""
        with self._lock:
            check(library.cooee_spotter_reset(self._spotter), "cannot reset")

    def threshold(self, phrase: str) -> float:
        """The score above which a phrase is reported, 0 to 1."""
        with self._lock:
            return float(library.cooee_spotter_threshold(self._spotter, self._index(phrase)))

    def set_threshold(self, phrase: str, threshold: float) -> None:
        """Sets the threshold of a phrase, 0 to 1, in this spotter only."""
        with self._lock:
            check(
                library.cooee_spotter_set_threshold(self._spotter, self._index(phrase), threshold),
                f"cannot set the threshold to {threshold}",
            )

    def highest_score(self, phrase: str) -> float:
        """The highest score of a phrase since the last call, 0 to 1: how near speech came to the threshold."""
        with self._lock:
            return float(library.cooee_spotter_highest_score(self._spotter, self._index(phrase)))

    def _index(self, phrase: str) -> int:
        index = find(phrase, self._texts)
        if index is None:
            raise KeyError(f"there is no phrase {phrase!r}; there are: {', '.join(map(repr, self._texts))}")
        return index

    def _poll(self) -> List[Event]:
        events = []
        event = EventStructure()
        while library.cooee_spotter_poll(self._spotter, ctypes.byref(event)):
            events.append(
                Event(
                    phrase=self._texts[event.phrase_index],
                    start=event.start_sample / SAMPLES_PER_SECOND,
                    end=event.end_sample / SAMPLES_PER_SECOND,
                    score=event.score,
                )
            )
        return events

    def __del__(self) -> None:
        if getattr(self, "_spotter", None):
            library.cooee_spotter_destroy(self._spotter)


def spot(path: Path, phrases: Phrases) -> Iterator[Event]:
    """Finds the phrases in a WAV file of 16 kHz, one channel and 16 bits; raises ValueError for others."""
    name = os.fspath(path)
    remedy = f"convert it: ffmpeg -i {name!r} -ar 16000 -ac 1 -c:a pcm_s16le out.wav"
    try:
        file = wave.open(name, "rb")
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{name} is not a WAV file that Python reads ({error}); {remedy}") from None
    with file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (SAMPLES_PER_SECOND, 1, 2):
            raise ValueError(
                f"{name} has {file.getframerate()} Hz, {file.getnchannels()} channels and {8 * file.getsampwidth()} bits; {remedy}"
            )
        spotter = Spotter(phrases)
        while samples := file.readframes(SAMPLES_PER_SECOND):
            yield from spotter.process(samples)
        yield from spotter.finish()
