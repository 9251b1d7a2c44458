"""What a folder holds: a model of Vosk's, one that sherpa-onnx runs, or something broken, and what is wrong with it.

Files are looked at before a library is: a broken model can end the whole process there and not only the attempt.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from asr.onnx_file import NotOnnx, notes

Kind = Literal["vosk", "t-one", "streaming-transducer", "transducer"]
"""`vosk`: Kaldi's, which Vosk runs. The rest is for sherpa-onnx: T-One (streaming CTC, 8 kHz), a streaming zipformer,
and one that hears whole answers only (Vosk 0.54)."""
Origin = Literal["bundled", "named", "found"]

_FST_MAGIC = 2125659606
_TRANSDUCER = ("encoder", "decoder", "joiner")
_INSIDE = (".", "am-onnx", "am", "lang", "lm")
"""Where the makers put the parts of a model."""


class ModelBroken(Exception):
    """The folder cannot be used as a speech model; the text says what is wrong with it and what to do."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    path: Path
    name: str
    origin: Origin
    grammar: bool
    """Whether it can be narrowed to phrases at run time (Vosk's small models can)."""
    rate: int
    """Samples a second that it was trained on."""
    upsamples: bool
    """Whether it takes sound of a lower rate as it is."""
    kind: Kind = "vosk"
    files: Mapping[str, Path] = field(default_factory=dict)
    """What sherpa-onnx wants by name: `tokens`, and `model` or `encoder`, `decoder`, `joiner`."""

    @property
    def engine(self) -> str:
        return "vosk" if self.kind == "vosk" else "sherpa-onnx"

    def describe(self) -> str:
        """One line for people."""
        grammar = "takes grammars" if self.grammar else "takes no grammars"
        what = "" if self.kind == "vosk" else f"sherpa-onnx {self.kind}, "
        return f"{self.name} ({self.origin}, {what}{self.rate} Hz, {grammar}): {self.path}"


def inspect(path: Path, *, origin: Origin = "named") -> ModelFolder:
    """Look at a model folder without loading it; raises `ModelBroken`."""
    path = path.absolute()
    if not path.is_dir():
        raise ModelBroken(f"speech model {path}: there is no such folder; unpack a model there or name another")
    if _onnx(path, "encoder") is not None or _onnx(path, "joiner") is not None:
        return _transducer(path, origin)
    if _onnx(path, "model") is not None:
        return _t_one(path, origin)
    return _vosk(path, origin)


def fingerprint(folder: ModelFolder) -> str:
    """Twelve digits that tell one training from another: of the file that holds the acoustic network."""
    network = (
        folder.path / "am/final.mdl"
        if folder.kind == "vosk"
        else folder.files.get("model", folder.files.get("encoder"))
    )
    assert network is not None
    with network.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


# -- Vosk ------------------------------------------------------------------------------------------------------------


def _vosk(path: Path, origin: Origin) -> ModelFolder:
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
            raise ModelBroken(f"speech model {path}: {name} is missing, so this is no speech model or half of one")
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


# -- sherpa-onnx -----------------------------------------------------------------------------------------------------


def _onnx(path: Path, part: str) -> Path | None:
    """The part's file. Eight bits are enough for the two big networks of a transducer, and twice as fast."""
    names = [f"{part}.onnx", f"{part}.int8.onnx"]
    if part in ("encoder", "joiner"):
        names.reverse()
    candidates = [path / inside / name for name in names for inside in _INSIDE]
    named = next((file for file in candidates if file.is_file()), None)
    # Some makers write the training into the name: encoder-epoch-99-avg-1.int8.onnx.
    return named or min(path.glob(f"{part}-*.onnx"), key=lambda file: ".int8." not in file.name, default=None)


def _t_one(path: Path, origin: Origin) -> ModelFolder:
    model = _onnx(path, "model")
    assert model is not None
    told = _notes(path, model)
    lacking = [key for key in ("frame_length_ms", "state_dim", "sample_rate") if not told.get(key, "").isdigit()]
    if lacking:
        raise ModelBroken(
            f"speech model {path}: {model.name} is no T-One, the only one-file model that is used here (its notes have "
            f"no {', '.join(lacking)}); take the archive that sherpa-onnx publishes"
        )
    files = {"model": model, "tokens": _tokens(path)}
    return ModelFolder(path, path.name, origin, False, int(told["sample_rate"]), True, "t-one", files)


def _transducer(path: Path, origin: Origin) -> ModelFolder:
    files = {}
    for part in _TRANSDUCER:
        file = _onnx(path, part)
        if file is None:
            raise ModelBroken(f"speech model {path}: {part}.onnx is missing; the model was not unpacked whole")
        files[part] = file
    files["tokens"] = _tokens(path)
    told = {part: _notes(path, files[part]) for part in _TRANSDUCER}
    for part, key in (("decoder", "context_size"), ("decoder", "vocab_size"), ("joiner", "joiner_dim")):
        if not told[part].get(key, "").isdigit():
            raise ModelBroken(
                f"speech model {path}: {files[part].name} says no {key}: it was not made for sherpa-onnx; take the "
                "archive that sherpa-onnx publishes"
            )
    kind: Kind = "streaming-transducer" if "decode_chunk_len" in told["encoder"] else "transducer"
    return ModelFolder(path, path.name, origin, False, 16000, True, kind, files)


def _notes(path: Path, file: Path) -> dict[str, str]:
    try:
        return notes(file)
    except NotOnnx as fault:
        raise ModelBroken(f"speech model {path}: {file.name} is no ONNX model: {fault}; unpack it anew") from fault


def _tokens(path: Path) -> Path:
    file = next((path / inside / "tokens.txt" for inside in _INSIDE if (path / inside / "tokens.txt").is_file()), None)
    if file is None:
        raise ModelBroken(f"speech model {path}: tokens.txt is missing; the model was not unpacked whole")
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelBroken(f"speech model {path}: tokens.txt cannot be read: {error}") from error
    if not lines or not all(line.rpartition(" ")[2].strip().isdigit() for line in lines if line.strip()):
        raise ModelBroken(f"speech model {path}: tokens.txt is not a list of tokens and their numbers")
    return file
