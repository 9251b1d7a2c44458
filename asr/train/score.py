"""How well a model hears the test sets, with the grammar of a question: utterances right, false words, confidences."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asr import grammars
from asr.scoring import Share, word_errors
from asr.train.spoken import Utterance

_PIECE = 1920
"""Bytes given at once, as the line does: 120 ms."""
_UNKNOWN = "[unk]"
_SAME = {
    "нуль": "ноль", "тысяча": "тысяч", "тысячи": "тысяч", "тыща": "тысяч", "тыщи": "тысяч", "тыщ": "тысяч",
    "неверно": "не верно",
}  # fmt: skip
"""Forms that mean the same to the line."""


@dataclass(slots=True)
class Score:
    utterances: int = 0
    right: int = 0
    words: int = 0
    wrong: int = 0
    """Words missing, added or another; of other people's talk, those that nobody said."""
    sure: list[float] = field(default_factory=list)
    """The least confidence in each utterance that was right."""
    unsure: list[float] = field(default_factory=list)
    """The same where it was wrong."""
    mistakes: list[str] = field(default_factory=list)

    def __add__(self, other: "Score") -> "Score":
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def share(self) -> Share:
        return Share(self.right, self.utterances)


class Hearer:
    """A model folder as Vosk loads it."""

    def __init__(self, folder: Path) -> None:
        import vosk

        vosk.SetLogLevel(-1)
        self._vosk = vosk
        self._model = vosk.Model(str(folder))
        self._phrases: dict[str, str | None] = {}

    def hear(self, one: Utterance, grammar: str) -> list[tuple[str, float]]:
        """Words and confidences, without unknown ones."""
        phrases = self._grammar(grammar)
        kaldi = self._vosk.KaldiRecognizer(self._model, 8000.0, *([phrases] if phrases else []))
        kaldi.SetWords(True)
        heard: list[dict[str, Any]] = []
        sound = one.sound.astype("<i2").tobytes()
        for start in range(0, len(sound), _PIECE):
            if kaldi.AcceptWaveform(sound[start : start + _PIECE]):
                heard += json.loads(kaldi.Result()).get("result", [])
        heard += json.loads(kaldi.FinalResult()).get("result", [])
        return [(word["word"], word["conf"]) for word in heard if word["word"] != _UNKNOWN]

    def _grammar(self, kind: str) -> str | None:
        if kind not in self._phrases:
            wanted = grammars.phrases(kind)
            spelt = [spelt for phrase in wanted or () if (spelt := self._spelt(phrase))]
            made = json.dumps(grammars.with_unknown(spelt), ensure_ascii=False)
            self._phrases[kind] = made if wanted else None
        return self._phrases[kind]

    def _spelt(self, phrase: str) -> str:
        """As the engine does: in the model's spelling, without a few words that it lacks."""
        words = phrase.split()
        forms = ((word, word.replace("ё", "е")) for word in words)
        known = [next((form for form in both if self._model.vosk_model_find_word(form) >= 0), None) for both in forms]
        kept = [word for word in known if word]
        return " ".join(kept) if len(kept) * 3 >= len(words) * 2 else ""


def score(hearer: Hearer, utterances: Iterable[Utterance], grammar: str) -> Score:
    made = Score()
    for one in utterances:
        heard = hearer.hear(one, grammar)
        wanted = plain(one.words)
        wrong = word_errors(wanted, plain([word for word, _ in heard]))
        made.utterances += 1
        made.words += len(wanted)
        made.wrong += wrong
        made.right += wrong == 0
        if heard:
            (made.unsure if wrong else made.sure).append(min(conf for _, conf in heard))
        if wrong:
            made.mistakes.append(_told(one, heard))
    return made


def false_words(hearer: Hearer, utterances: Iterable[Utterance], grammar: str) -> Score:
    """What is heard in other people's talk, save what they truly said; an utterance is right without any."""
    made = Score()
    for one in utterances:
        said = set(plain(one.words))
        heard = [(word, conf) for word, conf in hearer.hear(one, grammar) if not set(plain([word])) <= said]
        made.utterances += 1
        made.words += len(one.words)
        made.wrong += len(heard)
        made.right += not heard
        if heard:
            made.unsure.append(max(conf for _, conf in heard))
            made.mistakes.append(_told(one, heard))
    return made


def plain(words: Sequence[str]) -> list[str]:
    """Without «ё», and one form of those that mean the same."""
    return " ".join(_SAME.get(word, word) for word in words).replace("ё", "е").split()


def _told(one: Utterance, heard: Iterable[tuple[str, float]]) -> str:
    return f"{one.voice}: {' '.join(one.words)} → {' '.join(f'{word} {conf:.2f}' for word, conf in heard)}"
