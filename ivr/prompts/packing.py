"""Making the pack of prompts that ships (`make prompts`): which texts it holds, and how they get into it."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from ivr.prompts import fallback, spoken
from ivr.prompts.pack import ABOUT, read_archive, write_archive
from ivr.prompts.pieces import fixed_pieces, pieces, warm_set
from ivr.prompts.voice import Voice

NUMBERS = "numbers"
LINE = "line"
_ROUBLES = ("рубль", "рубля", "рублей")


def numbers() -> set[str]:
    """The pieces of every whole number up to 999,999, and of every sum up to that."""
    made = {piece.text for piece in warm_set()}
    for last in (*range(1, 100), *range(100, 1000, 100)):
        made.update(piece.text for piece in pieces("{v|rubles}, {v|rubles}.", {"v": last * 100}))
    for thousand in (*range(1, 100), *range(100, 1000, 100)):
        made.update(piece.text for piece in pieces("{v|rubles}, {v|rubles}.", {"v": thousand * 100_000}))
    for kopecks in range(1, 100):
        made.update(piece.text for piece in pieces("{v|rubles}, {v|rubles}.", {"v": kopecks}))
    made.update({"минус,", "плюс,", f"{spoken.cardinal(0)} рублей,", f"{spoken.cardinal(0)} рублей."})
    return made


def wanted(scripts: Mapping[str, Iterable[str]], others: Iterable[str]) -> dict[str, set[str]]:
    """The texts of each archive: numbers, what the service itself says, and what each script does (its fixed parts).

    A text stands in the first archive that wants it.
    """
    archives = {NUMBERS: numbers(), LINE: _texts([*fallback.TEXTS.values(), *others])}
    archives |= {name: _texts(texts) for name, texts in sorted(scripts.items())}
    had: set[str] = set()
    for texts in archives.values():
        texts -= had
        had |= texts
    return archives


def _texts(texts: Iterable[str]) -> set[str]:
    return {piece.text for text in texts for piece in fixed_pieces(text)}


def kept(folder: Path, voice: Voice) -> dict[str, bytes]:
    """The sounds a pack has already, if this very voice spoke them."""
    about = folder / ABOUT
    if not about.exists() or about.read_text(encoding="utf-8") != _about(voice):
        return {}
    return {text: sound for archive in folder.glob("*.xz") for text, sound in read_archive(archive).items()}


def store(folder: Path, archives: Mapping[str, Collection[str]], sounds: Mapping[str, bytes], voice: Voice) -> None:
    """Write a pack of exactly these archives, whose texts all have their sounds; what is unchanged stays untouched."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, texts in archives.items():
        if texts:
            write_archive(folder / f"{name}.xz", {text: sounds[text] for text in texts})
    for file in (*folder.glob("*.xz"), *folder.glob("*.tsv")):
        if not archives.get(file.stem):
            file.unlink()
    (folder / ABOUT).write_text(_about(voice), encoding="utf-8")


def _about(voice: Voice) -> str:
    return f"{voice.name} {voice.version}\n"
