"""Spots phrases that were enrolled by typing them, offline.

    phrases = cooee.Phrases()
    phrases.add("hey computer")
    for event in cooee.spot("recording.wav", phrases):
        print(event.phrase, event.start, event.end, event.score)

Audio is 16 kHz, one channel, signed 16-bit samples.
"""

from ._library import SAMPLES_PER_SECOND, CooeeError
from .phrases import EnrollmentReport, Phrases
from .spotter import Event, Spotter, spot

__all__ = ["SAMPLES_PER_SECOND", "CooeeError", "EnrollmentReport", "Event", "Phrases", "Spotter", "spot"]
