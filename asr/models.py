"""Which speech model there is to hear with: the bundled one, one the owner named, one found on this machine.

A Vosk model is a folder. Its files are looked at before the library is, because a broken one can end the whole process
there and not only the attempt. The official Russian models are their makers' to give: they are found, never shipped.
"""

import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_FST_MAGIC = 2125659606


class ModelBroken(Exception):
    """The folder cannot be used as a speech model; the text says what is wrong with it and what to do."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    path: Path
    name: str
    origin: Literal["bundled", "named", "found"]
    grammar: bool
    """Whether it can be narrowed to phrases at run time (the small models can)."""
    rate: int
    """Samples a second that it was trained on."""
    upsamples: bool
    """Whether it takes sound of a lower rate as it is."""

    def describe(self) -> str:
        """One line for people."""
        grammar = "takes grammars" if self.grammar else "takes no grammars"
        return f"{self.name} ({self.origin}, {self.rate} Hz, {grammar}): {self.path}"


def bundled() -> Path:
    """Our own small model: numbers and commands, trained on synthetic voices (see its README)."""
    return Path(__file__).resolve().parent / "bundled" / "ru-numbers"


def known_folders(environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Where models are looked for, best first: ours, then where Vosk itself keeps them."""
    cache = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    named = environ.get("VOSK_MODEL_PATH")
    folders = [cache / "gudok" / "models", Path("/usr/share/vosk"), cache / "vosk"]
    return tuple([Path(named), *folders] if named else folders)


def choose(named: Path | None = None, *, environ: Mapping[str, str] = os.environ) -> ModelFolder:
    """The model to hear with: what was named (a flag, then `GUDOK_MODEL`), else the best one found, else the bundled.

    A named model that is broken is an error; a found one that is broken is passed over.
    """
    if named is None and environ.get("GUDOK_MODEL"):
        named = Path(environ["GUDOK_MODEL"])
    if named is not None:
        return inspect(named, origin="named")
    usable = found(known_folders(environ))
    return usable[0] if usable else inspect(bundled(), origin="bundled")


def found(folders: Sequence[Path]) -> list[ModelFolder]:
    """Usable Russian models in these folders; those that take grammars first: they fit an IVR's narrow questions."""
    models = []
    for folder in folders:
        try:
            inside = sorted(entry for entry in folder.iterdir() if "-ru-" in entry.name and entry.is_dir())
        except OSError:
            continue
        for entry in inside:
            try:
                models.append(inspect(entry, origin="found"))
            except ModelBroken:
                continue
    return sorted(models, key=lambda model: not model.grammar)


def inspect(path: Path, *, origin: Literal["bundled", "named", "found"] = "named") -> ModelFolder:
    """Look at a model folder without loading it; raises `ModelBroken`."""
    path = path.absolute()
    if not path.is_dir():
        raise ModelBroken(f"speech model {path}: there is no such folder; unpack a Vosk model there or name another")
    _must_have(path, "am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/phones/word_boundary.int")
    features = _options(path / "conf/mfcc.conf")
    decoding = _options(path / "conf/model.conf")
    if not decoding.get("endpoint.silence-phones"):
        raise ModelBroken(
            f"speech model {path}: conf/model.conf has no --endpoint.silence-phones, without which Vosk ends the "
            "process; unpack the model anew"
        )
    grammar = not (path / "graph/HCLG.fst").exists()
    for name in ("graph/HCLr.fst", "graph/Gr.fst") if grammar else ("graph/HCLG.fst",):
        _must_have(path, name)
        _fst(path, name)
    if grammar:
        _must_have(path, "graph/disambig_tid.int", may_be_empty=True)
    try:
        rate = int(float(features.get("sample-frequency", "16000")))
    except ValueError:
        raise ModelBroken(f"speech model {path}: conf/mfcc.conf has a --sample-frequency that is no number") from None
    return ModelFolder(path, path.name, origin, grammar, rate, features.get("allow-upsample") == "true")


def _must_have(path: Path, *names: str, may_be_empty: bool = False) -> None:
    for name in names:
        file = path / name
        if not file.is_file():
            raise ModelBroken(f"speech model {path}: {name} is missing, so this is no Vosk model or half of one")
        if not may_be_empty and file.stat().st_size == 0:
            raise ModelBroken(f"speech model {path}: {name} is empty; the model was not unpacked whole")


def _fst(path: Path, name: str) -> None:
    with (path / name).open("rb") as file:
        head = file.read(4)
    if len(head) < 4 or struct.unpack("<i", head)[0] != _FST_MAGIC:
        raise ModelBroken(f"speech model {path}: {name} is not a graph (OpenFst); unpack the model anew")


def _options(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelBroken(f"speech model file {file} cannot be read: {error}") from error
    pairs = (line.strip().removeprefix("--").partition("=") for line in lines if line.strip().startswith("--"))
    return {name.strip(): value.strip() for name, _, value in pairs}
