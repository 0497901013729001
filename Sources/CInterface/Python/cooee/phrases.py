"""Phrases: typed, tested and kept in a phrase file."""

from __future__ import annotations

import ctypes
import os
import unicodedata
from dataclasses import dataclass
from typing import Iterator, List, Optional, Sequence

from ._library import Block, Bytes, Enrollment, Path, Report, check, library, model_file, read, result

# A phrase with eight pronunciations of 48 phonemes takes less.
_LARGEST_PHRASE_BYTES = 1 << 20


@dataclass(frozen=True)
class EnrollmentReport:
    """What is known of a new phrase."""

    #: The score above which the phrase is reported, 0 to 1.
    threshold: float
    #: The false alarms expected in an hour of speech; None without a background file.
    false_alarms_per_hour: Optional[float]
    #: The number of phonemes of the shortest pronunciation.
    phoneme_count: int
    #: The number of pronunciations that are listened for.
    pronunciation_count: int
    #: What may go wrong, in English.
    warnings: List[str]
    #: The text that the phrase is kept and reported with: without surplus blanks and typographic punctuation.
    text: str


class Phrases:
    """The phrases of a phrase file, with the model that will listen for them.

    ``model``, ``language`` and ``background`` are paths; by default the files of this package. A model without its own
    background gets the threshold 0.5 for each phrase.
    """

    def __init__(
        self,
        model: Optional[Path] = None,
        language: Optional[Path] = None,
        background: Optional[Path] = None,
    ) -> None:
        self._model = Block(read(model_file(model, "base.cooee")))
        self._language = Block(read(model_file(language, "english.cooee")))
        self._background: Optional[Block] = None
        if background is not None or model is None:
            self._background = Block(read(model_file(background, "base-background.cooee")))
        self._file = b""
        self._texts: List[str] = []

    @classmethod
    def load(
        cls,
        path: Path,
        model: Optional[Path] = None,
        language: Optional[Path] = None,
        background: Optional[Path] = None,
    ) -> "Phrases":
        """Reads a phrase file, which this package or the cooee program wrote. Raises CooeeError and OSError."""
        phrases = cls(model, language, background)
        file = read(path)
        block = Block(file)
        # Opens the file as a spotter would, so that a damaged file or another model's is refused here.
        needed = ctypes.c_size_t()
        check(
            library.cooee_spotter_memory(phrases._model.bytes, block.bytes, ctypes.byref(needed)),
            f"cannot read {os.fspath(path)}",
        )
        phrases._set(file)
        return phrases

    def save(self, path: Path) -> None:
        """Writes the phrase file, replacing another one at once or not at all. Raises OSError."""
        if not self._file:
            raise ValueError("there are no phrases to save; add one first")
        new = f"{os.fspath(path)}.{os.getpid()}.new"
        try:
            with open(new, "wb") as file:
                file.write(self._file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, path)
        except BaseException:
            if os.path.exists(new):
                os.unlink(new)
            raise

    def add(
        self,
        text: str,
        *,
        pronunciation: Optional[str] = None,
        threshold: Optional[float] = None,
        false_alarms_per_hour: float = 0.1,
    ) -> EnrollmentReport:
        """Adds a phrase by its text.

        ``pronunciation`` is ARPAbet with words separated by full stops, as in ``HH EY . K AH M P Y UW T ER``; the phonetic alphabet
        between slashes, as in ``/heɪ kəmˈpjuːtər/``; or a spelling in quotation marks, as in ``"hey kuhm-PYOO-ter"``. Commas
        separate up to eight ways to say the phrase. By default words are looked up. Without ``threshold``, the phrase is tested on
        two hours of speech, and the threshold is set for the false alarms allowed. That takes seconds. Raises CooeeError.
        """
        if "\0" in text or "\0" in (pronunciation or ""):
            raise ValueError("a phrase cannot contain a zero character")
        if threshold is not None and not 0 < threshold <= 1:
            raise ValueError(f"the threshold is {threshold}; it must be above 0, and at most 1")
        if not 0 < false_alarms_per_hour < float("inf"):
            raise ValueError(f"the false alarms per hour are {false_alarms_per_hour}; they must be above 0")
        old = Block(self._file)
        enrollment = Enrollment(
            model=self._model.bytes,
            language=self._language.bytes,
            background=self._background.bytes if self._background else Bytes(None, 0),
            phrases=old.bytes if self._file else Bytes(None, 0),
            text=text.encode(),
            pronunciation=pronunciation.encode() if pronunciation is not None else None,
            threshold=threshold or 0,
            false_alarms_per_hour=false_alarms_per_hour,
        )
        # One call with room enough, not one for the size first: the test takes seconds.
        space = ctypes.create_string_buffer(len(self._file) + _LARGEST_PHRASE_BYTES)
        count = ctypes.c_size_t()
        report = Report()
        check(
            library.cooee_enroll(enrollment, space, len(space), ctypes.byref(count), ctypes.byref(report)),
            f"cannot add {text!r}",
        )
        self._set(space.raw[: count.value])
        return _report(report, self._texts[-1])

    def remove(self, text: str) -> None:
        """Removes a phrase. Raises KeyError if there is none with this text."""
        index = find(text, self._texts)
        if index is None:
            raise KeyError(f"there is no phrase {text!r}; there are: {', '.join(map(repr, self._texts)) or 'none'}")
        if len(self._texts) == 1:
            self._file, self._texts = b"", []
            return
        block = Block(self._file)
        self._set(
            result(lambda *space: library.cooee_remove_phrase(block.bytes, index, *space), f"cannot remove {text!r}")
        )

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._texts))

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and find(text, self._texts) is not None

    def __repr__(self) -> str:
        return f"<Phrases {self._texts!r}>"

    def _set(self, file: bytes) -> None:
        block = Block(file)
        texts: List[str] = []
        while True:
            count = ctypes.c_size_t()
            index = len(texts)
            if library.cooee_phrase_text(block.bytes, index, None, 0, ctypes.byref(count)) != 4:
                break
            text = result(lambda *space: library.cooee_phrase_text(block.bytes, index, *space), "cannot read a phrase")
            texts.append(text[:-1].decode())
        self._file, self._texts = file, texts


def find(text: str, texts: Sequence[str]) -> Optional[int]:
    """The index of this text or, without it, of the first that looks the same, apart from case, blanks and accents."""
    if text in texts:
        return texts.index(text)
    wanted = _key(text)
    return next((index for index, other in enumerate(texts) if _key(other) == wanted), None)


def _key(text: str) -> str:
    plain = text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2010: "-", 0x2011: "-", 0x2013: "-", 0x2014: "-"})
    letters = (letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter))
    return " ".join("".join(letters).casefold().split())


def _report(report: Report, text: str) -> EnrollmentReport:
    warnings = []
    if report.phoneme_count < 6:
        warnings.append(
            f"the phrase has only {report.phoneme_count} phonemes: it will often be missed, or heard where nobody said it"
        )
    if report.is_guessed:
        warnings.append("the pronunciation of a word was guessed; if it is wrong, give the pronunciation")
    if report.is_often_missed:
        warnings.append("the phrase resembles common speech, so that its threshold is high: it will often be missed")
    if report.is_near_another:
        warnings.append("the phrase resembles another one of the file")
    return EnrollmentReport(
        threshold=report.threshold,
        false_alarms_per_hour=report.false_alarms_per_hour if report.false_alarms_per_hour >= 0 else None,
        phoneme_count=report.phoneme_count,
        pronunciation_count=report.pronunciation_count,
        warnings=warnings,
        text=text,
    )
