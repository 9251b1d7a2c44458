"""The models that can be fetched by name: what each is, who gives it away, under which licence. The list is a file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from asr.model_folder import Kind

FILE = Path(__file__).resolve().parent / "model_catalogue.toml"


@dataclass(frozen=True, slots=True)
class KnownModel:
    name: str
    kind: Kind
    url: str
    megabytes: int
    """About as much is fetched."""
    unpacked_megabytes: int
    licence: str
    maker: str
    about: str
    folder: str = ""
    """What its folder is called, where that is not its name."""
    sha256: str = ""
    """Of the archive; empty where its maker does not tell it."""

    @property
    def called(self) -> str:
        return self.folder or self.name


@cache
def known_models() -> Mapping[str, KnownModel]:
    """By name, in the order of the file: what most lines want comes first."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name: KnownModel(name, **fields) for name, fields in told.items()})


def folder_called(name: str) -> str:
    """The folder of a model by the name people use."""
    known = known_models().get(name)
    return known.called if known is not None else name
