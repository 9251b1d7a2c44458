"""Which speech model there is to hear with: the bundled one, one the owner named, one found on this machine.

A model is a folder. The official Russian ones are their makers' to give: they are found or fetched, never shipped.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from asr.model_catalogue import folder_called
from asr.model_folder import ModelBroken as ModelBroken
from asr.model_folder import ModelFolder as ModelFolder
from asr.model_folder import inspect as inspect
from asr.sherpa_models import installed as sherpa_installed

BUNDLED = "ru-numbers"


def bundled() -> Path:
    """Our own small model: numbers and commands, trained on synthetic voices (see its README)."""
    return Path(__file__).resolve().parent / "bundled" / BUNDLED


def fetched_folder(cache: Path) -> Path:
    """Where `gudok models fetch` puts what it fetched, below the line's cache."""
    return cache / "models"


def known_folders(environ: Mapping[str, str] = os.environ, cache: Path | None = None) -> tuple[Path, ...]:
    """Where models are looked for, best first: ours, then where Vosk itself keeps them."""
    users = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    named = environ.get("VOSK_MODEL_PATH")
    folders = [fetched_folder(cache or users / "gudok"), Path("/usr/share/vosk"), users / "vosk"]
    return tuple([Path(named), *folders] if named else folders)


def choose(
    named: Path | str | None = None, *, environ: Mapping[str, str] = os.environ, cache: Path | None = None
) -> ModelFolder:
    """The model to hear with: what was named (a flag, then `GUDOK_MODEL`), else the best one found, else the bundled.

    A name is a folder, or what such a folder is called in one of `known_folders`. A named model that is broken is an
    error; a found one that is broken is passed over.
    """
    named = named or environ.get("GUDOK_MODEL")
    if named:
        return by_name(named, known_folders(environ, cache))
    usable = found(known_folders(environ, cache))
    return usable[0] if usable else inspect(bundled(), origin="bundled")


def by_name(named: Path | str, folders: Sequence[Path]) -> ModelFolder:
    """Raises `ModelBroken` for a folder that is no model, and for a name that no folder has."""
    path = Path(named)
    if path.is_dir():
        return inspect(path, origin="bundled" if path.resolve() == bundled() else "named")
    if str(named) == BUNDLED:
        return inspect(bundled(), origin="bundled")
    if len(path.parts) == 1:
        for folder in folders:
            called = folder / folder_called(str(named))
            if called.is_dir():
                return inspect(called)
        looked = ", ".join(map(str, folders))
        raise ModelBroken(
            f"speech model {named}: there is no such folder, here or in {looked}; `gudok models list` names what is "
            "there, and what can be fetched"
        )
    return inspect(path)


def found(folders: Sequence[Path]) -> list[ModelFolder]:
    """Usable Russian models in these folders; those that take grammars first: they fit an IVR's narrow questions."""
    models = []
    for entry in entries(folders):
        try:
            model = inspect(entry, origin="found")
        except ModelBroken:
            continue
        if model.kind == "vosk" or sherpa_installed():
            models.append(model)
    return sorted(models, key=_fitness)


def entries(folders: Sequence[Path]) -> list[Path]:
    """What lies there and is called as a Russian model is, whole or broken."""
    there: list[Path] = []
    for folder in folders:
        try:
            inside = sorted(entry for entry in folder.iterdir() if entry.is_dir())
        except OSError:
            continue
        there += [entry for entry in inside if _says_russian(entry.name)]
    return there


def _says_russian(name: str) -> bool:
    # A name that begins with a dot is something half fetched.
    return not name.startswith(".") and ("-ru-" in f"{name}-" or "russian" in name)


def _fitness(model: ModelFolder) -> int:
    """T-One hears telephones best and without help; then what takes grammars; then what streams."""
    order = {"t-one": 0, "vosk": 1 if model.grammar else 2, "streaming-transducer": 3, "transducer": 4}
    return order[model.kind]
