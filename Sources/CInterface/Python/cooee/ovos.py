"""A wake word plug-in for OpenVoiceOS, ovos-ww-plugin-cooee."""

from __future__ import annotations

from typing import Any, Dict, Optional

from ovos_plugin_manager.templates.hotwords import HotWordEngine  # type: ignore[import-untyped,unused-ignore]

from .phrases import Phrases, find
from .spotter import Spotter


class CooeeHotWordEngine(HotWordEngine):  # type: ignore[misc,unused-ignore]
    """Listens for one phrase.

    Configuration: ``phrase``, by default the hot word's name; ``pronunciation`` as ``Phrases.add`` takes it; ``threshold`` or
    ``false_alarms_per_hour``; ``phrases``, a phrase file that has the phrase already.
    """

    def __init__(self, key_phrase: str = "hey computer", config: Optional[Dict[str, Any]] = None, lang: str = "en-us") -> None:
        super().__init__(key_phrase, config)
        settings: Dict[str, Any] = self.config
        self.phrase = str(settings.get("phrase") or key_phrase.replace("_", " "))
        if settings.get("phrases"):
            phrases = Phrases.load(settings["phrases"])
            texts = list(phrases)
            index = find(self.phrase, texts)
            if index is None:
                raise ValueError(f"{settings['phrases']} has no phrase {self.phrase!r}; it has: {', '.join(map(repr, texts))}")
            self.phrase = texts[index]
        else:
            phrases = Phrases()
            threshold = settings.get("threshold")
            report = phrases.add(
                self.phrase,
                pronunciation=settings.get("pronunciation"),
                threshold=float(threshold) if threshold is not None else None,
                false_alarms_per_hour=float(settings.get("false_alarms_per_hour", 0.1)),
            )
            # As events have it.
            self.phrase = report.text
        self._spotter = Spotter(phrases)
        self._is_found = False

    def update(self, chunk: bytes) -> None:
        """Processes the next samples: S16LE, 16 kHz, one channel."""
        if any(event.phrase == self.phrase for event in self._spotter.process(chunk)):
            self._is_found = True

    def found_wake_word(self, *_: Any) -> bool:
        """Whether the phrase was heard since the last call."""
        is_found, self._is_found = self._is_found, False
        return is_found

    def reset(self) -> None:
        """Forgets what was heard."""
        self._spotter.reset()
        self._is_found = False
