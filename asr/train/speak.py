"""All that the voices say for training, a file a voice: sentences, and words one by one to be joined."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

from asr.train import voices
from asr.train.sources import marked
from asr.train.spoken import BANK, SINGLE, Utterance, save
from asr.train.texts import Line, Sources, Writer
from asr.train.voices import EspeakVoice, RHVoice, RHVoiceVoice, VoiceFailed

RHVOICE, FESTIVAL, ESPEAK = 14_000, 3_400, 4_000
"""How many utterances of each."""
_AT_ONCE = 200


def speak(tree: Path, espeak: Sequence[str], sources: Sources, folder: Path) -> None:
    """`tree`: Debian's RHVoice and festival, unpacked; `espeak`: how to call espeak-ng. Files already there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = RHVoice(tree)
    odd = EspeakVoice(espeak, "espeak", voices.ESPEAK_TRAINING)
    jobs: dict[str, Callable[[Random], Iterator[Utterance]]] = {}
    for name in voices.TRAINING:
        voice = RHVoiceVoice(engine, name)
        jobs[name] = lambda chance, voice=voice: _lines(voice, sources, RHVOICE // len(voices.TRAINING), chance)  # type: ignore[misc]
        jobs[f"bank-{name}"] = lambda chance, voice=voice: _words(voice, 11, chance)  # type: ignore[misc]
    jobs["espeak"] = lambda chance: _lines(odd, sources, ESPEAK, chance)
    jobs["festival"] = lambda chance: _festival(tree, sources, chance)
    jobs["bank-festival"] = lambda chance: _festival_words(tree, chance)
    for variant in voices.ESPEAK_TRAINING:
        one = EspeakVoice(espeak, f"espeak {variant}".strip(), (variant,))
        jobs[f"bank-espeak-{variant or 'plain'}"] = lambda chance, one=one: _words(one, 1, chance)  # type: ignore[misc]
    for number, (job, said) in enumerate(jobs.items(), 1):
        file = folder / f"{job}.npz"
        if not file.exists():
            save(file, said(Random(job)))
            sys.stderr.write(f"{file.name} ({number} of {len(jobs)})\n")


def _lines(voice: voices.Voice, sources: Sources, many: int, chance: Random) -> Iterator[Utterance]:
    writer = Writer(sources, chance)
    for _ in range(many):
        line = writer.line()
        # RHVoice is told the stress; espeak-ng cannot be, and festival has its own dictionary.
        text = marked(line).text if isinstance(voice, RHVoiceVoice) else line.text
        try:
            yield Utterance(voice.name, line.text, line.words, voice.speak(text, chance))
        except VoiceFailed as failure:
            sys.stderr.write(f"left out: {failure}\n")


def _words(voice: voices.Voice, times: int, chance: Random) -> Iterator[Utterance]:
    for word in SINGLE * times:
        try:
            yield Utterance(BANK + voice.name, word, (word,), voice.speak(word, chance))
        except VoiceFailed:
            continue  # a whisper too soft to be heard


def _festival(tree: Path, sources: Sources, chance: Random) -> Iterator[Utterance]:
    writer = Writer(sources, chance)
    for _ in range(0, FESTIVAL, _AT_ONCE):
        yield from _said(tree, [writer.line() for _ in range(_AT_ONCE)], "festival", chance)


def _festival_words(tree: Path, chance: Random) -> Iterator[Utterance]:
    for _ in range(10):
        yield from _said(tree, [Line(word, (word,)) for word in SINGLE], f"{BANK}festival", chance)


def _said(tree: Path, lines: Sequence[Line], name: str, chance: Random) -> Iterator[Utterance]:
    with tempfile.TemporaryDirectory() as folder:
        sounds = voices.festival(tree, [line.text for line in lines], chance, Path(folder))
        for line, sound in zip(lines, sounds, strict=True):
            if sound is not None:
                yield Utterance(name, line.text, line.words, sound)
