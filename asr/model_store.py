"""The folder of fetched models: an archive becomes a model there whole, or not at all.

It is fetched, its sum compared, unpacked beside, looked at, loaded once in a process of its own, and only then given
its name. What a sum was at the first fetch is kept, for most makers tell none.
"""

import asyncio
import fcntl
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asr.model_archive import ArchiveUnfit, unpack
from asr.model_catalogue import known_models
from asr.model_download import FetchFailed, download
from asr.model_folder import ModelBroken, ModelFolder, inspect
from asr.sherpa_models import installed as sherpa_installed
from asr.trial import try_apart

Progress = Callable[[str, int, int], None]
"""A stage (`fetch`, `unpack`, `try`), how far it is and how far it goes (0: not known)."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DEEPEST = 2
"""Folders in an archive around the model itself."""


class NotFetched(Exception):
    """The model is not there; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Fetched:
    model: ModelFolder
    sha256: str
    """Of its archive."""
    checked: bool
    """Whether that sum was known before: told by the maker, or seen here at an earlier fetch."""


class ModelStore:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sums = folder / "sums.json"

    async def fetch(
        self,
        name: str,
        source: str = "",
        *,
        progress: Progress = lambda stage, done, total: None,
        anew: bool = False,
        accept: bool = False,
    ) -> Fetched:
        """Fetch a model by its name in the catalogue, or from `source`: a URL or a file; raises `NotFetched`.

        `anew`: although it is there already. `accept`: although its archive is another one than the last time.
        """
        known = known_models().get(name)
        if known is None and not source:
            names = ", ".join(known_models())
            raise NotFetched(f"no model is called {name}; those known are {names}; any other comes with --from")
        called = known.called if known is not None else name
        if not _NAME.fullmatch(called):
            raise NotFetched(f"{name!r} cannot be a model's name: letters, digits, dots and dashes")
        there = self.folder / called
        if there.exists() and not anew:
            try:
                return Fetched(inspect(there, origin="found"), self._sum(called), checked=True)
            except ModelBroken:
                pass  # what is left of an earlier try by hand
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _alone(self.folder):
                return await self._fetched(called, source or (known.url if known else ""), progress, accept)
        except (FetchFailed, ArchiveUnfit, ModelBroken) as fault:
            raise NotFetched(str(fault)) from fault
        except OSError as error:
            raise NotFetched(f"{self.folder} cannot be written: {error.strerror or error}") from error

    async def _fetched(self, called: str, source: str, progress: Progress, accept: bool) -> Fetched:
        archive, ours = await asyncio.to_thread(self._archive, called, source, progress)
        known = next((each.sha256 for each in known_models().values() if each.called == called and each.sha256), "")
        before = known or self._sum(called)
        found = await asyncio.to_thread(_sha256, archive)
        if before and before != found and not accept:
            if ours:
                archive.unlink(missing_ok=True)
            whose = "its maker says" if known else "it was at the last fetch here"
            raise NotFetched(
                f"the archive of {called} is not the one that was meant: its SHA-256 is {found}, {whose} {before}; "
                "nothing was installed. If you know that it was published anew, add --accept"
            )
        try:
            model = await self._install(called, archive, progress)
        finally:
            if ours:  # unfit or used up
                archive.unlink(missing_ok=True)
        self._keep_sum(called, found)
        return Fetched(model, found, checked=before == found)

    def _archive(self, called: str, source: str, progress: Progress) -> tuple[Path, bool]:
        """The archive as a file, and whether it is ours to remove."""
        if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", source):
            file = Path(source).expanduser()
            if not file.is_file():
                raise FetchFailed(f"{source}: there is no such file")
            return file, False
        target = self.folder / f".{called}.archive"
        if not target.exists():
            download(source, target, progress=lambda done, total: progress("fetch", done, total))
        return target, True

    async def _install(self, called: str, archive: Path, progress: Progress) -> ModelFolder:
        place = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=self.folder))
        try:
            await asyncio.to_thread(unpack, archive, place, progress=lambda d, t: progress("unpack", d, t))
            model = await asyncio.to_thread(_model_in, place, archive.name)
            if model.kind == "vosk" or sherpa_installed():
                progress("try", 0, 0)
                await try_apart(model)
            target, old = self.folder / called, self.folder / f".{called}.old"
            if target.exists():
                shutil.rmtree(old, ignore_errors=True)
                target.rename(old)
            model.path.rename(target)
            shutil.rmtree(old, ignore_errors=True)
            return inspect(target, origin="found")
        finally:
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)

    def _sums_known(self) -> dict[str, str]:
        try:
            told = json.loads(self._sums.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(name): str(found) for name, found in told.items()} if isinstance(told, dict) else {}

    def _sum(self, called: str) -> str:
        return self._sums_known().get(called, "")

    def _keep_sum(self, called: str, found: str) -> None:
        made = self._sums.with_suffix(".new")
        made.write_text(json.dumps({**self._sums_known(), called: found}, indent=1) + "\n", encoding="utf-8")
        made.replace(self._sums)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FetchFailed(f"another gudok fetches a model into {folder} now; wait for it") from None
        yield


def _model_in(place: Path, archive: str) -> ModelFolder:
    """The model in what was unpacked: it may lie in a folder or two."""
    fault: ModelBroken | None = None
    for _ in range(_DEEPEST + 1):
        try:
            return inspect(place)
        except ModelBroken as broken:
            fault = fault or broken
            inside = [entry for entry in place.iterdir() if not entry.name.startswith(("__MACOSX", "."))]
            if len(inside) != 1 or not inside[0].is_dir():
                fault = broken
                break
            place = inside[0]
    text = str(fault).replace(str(place), archive)
    raise ModelBroken(f"{text} (nothing was installed)")


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
