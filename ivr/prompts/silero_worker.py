"""The process in which Silero speaks: `python -m ivr.prompts.silero_worker MODEL SPEAKER`, asked through its pipes.

It is a process of its own so that torch's threads, its memory and its faults stay out of the service, and it is nice,
so that a prompt never takes the core from somebody who is being heard. Each request is one JSON line, each answer a
JSON line, followed by `bytes` bytes of signed 16-bit sound. It ends when its input does.
"""

import inspect
import json
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import IO, Any

RATE = 24_000
_NICE = 10
_ENTRY = ("tts_models", "model")
"""Where Silero's packages keep the model: the package and the resource in it."""

Accent = Callable[[str], str]


class Unusable(Exception):
    """The model cannot speak for us; the text says why."""


def load(path: Path, speaker: str) -> Any:
    """The model of an official package file (`torch.package`)."""
    import torch
    from torch.package import PackageImporter

    torch.set_num_threads(1)
    try:
        model = PackageImporter(str(path)).load_pickle(*_ENTRY)
    except Exception as error:  # the file brings its own code, which may raise anything
        raise Unusable(f"{path} is no model package that torch can load: {error}") from error
    speakers = sorted(map(str, getattr(model, "speakers", ())))
    if speaker not in speakers:
        russian = [name for name in speakers if name.startswith("ru_")] or speakers
        raise Unusable(f"{path.name} has no speaker {speaker!r}; it has {', '.join(russian) or 'none'}")
    model.to(torch.device("cpu"))
    return model


def accentor(model: Any) -> Accent | None:
    """What puts the stress marks for a model that wants them; None for one that puts its own."""
    if _puts_its_own(model):
        return None
    try:
        from silero_stress import load_accentor
    except ImportError as error:
        raise Unusable("this model wants stress marks, which the package silero-stress puts") from error
    found = load_accentor()

    def stressed(text: str) -> str:
        return str(found(text))

    return stressed


def _puts_its_own(model: Any) -> bool:
    """Packages of Russian alone (v3 to v5_ru) bring a dictionary of stresses; those of many languages do not."""
    return not any(str(name).startswith("ru_") for name in model.speakers)


def speak(model: Any, speaker: str, accent: Accent | None, text: str) -> bytes:
    import torch

    wanted = {"text": accent(text) if accent else text, "speaker": speaker, "sample_rate": RATE}
    known = inspect.signature(model.apply_tts).parameters
    own = {name: accent is None for name in ("put_accent", "put_yo", "put_stress_homo", "put_yo_homo") if name in known}
    with torch.inference_mode():
        sound = model.apply_tts(**wanted, **own)
    samples = (sound.detach().to("cpu").float().flatten().clamp(-1.0, 1.0) * 32767.0).round().to(torch.int16)
    return bytes(samples.numpy().astype("<i2").tobytes())


def serve(requests: IO[bytes], answers: IO[bytes], path: Path, speaker: str) -> None:
    def answer(body: bytes = b"", **said: object) -> None:
        answers.write(json.dumps({**said, "bytes": len(body)}, ensure_ascii=False).encode() + b"\n" + body)
        answers.flush()

    try:
        model = load(path, speaker)
        accent = accentor(model)
        # The first text costs seconds more than those after it: torch prepares itself.
        speak(model, speaker, accent, "Назовите показания счётчика.")
    except Unusable as error:
        answer(error=str(error))
        return
    except Exception as error:  # noqa: BLE001 — the same: whatever a foreign model raises is its refusal
        answer(error=f"{path.name} does not speak: {type(error).__name__}: {error}")
        return
    answer(ready=True)
    for line in requests:
        try:
            sound = speak(model, speaker, accent, json.loads(line)["text"])
        except Exception as error:  # noqa: BLE001 — the guard of one request
            answer(error=f"{type(error).__name__}: {error}".strip())
        else:
            answer(sound)


def main() -> None:
    os.nice(_NICE)
    answers = sys.stdout.buffer
    with redirect_stdout(sys.stderr):  # models print
        serve(sys.stdin.buffer, answers, Path(sys.argv[1]), sys.argv[2])


if __name__ == "__main__":
    main()
