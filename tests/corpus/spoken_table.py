"""docs/speech-texts.md, made of the table of tricky texts: `make spoken`."""

import csv
from pathlib import Path

from ivr.prompts.normal import speakable

TABLE = Path(__file__).with_name("spoken_texts.tsv")
PAGE = Path(__file__).parents[2] / "docs" / "speech-texts.md"
_TOP = """\
# How texts are said

Each of these texts was read by a person beside what the line says; a test holds all of them
(`tests/corpus/spoken_texts.tsv`). `make spoken` writes this page.

| written | said |
|---|---|
"""


def rows() -> list[str]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [row["written"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def page() -> str:
    return _TOP + "".join(f"| {written.replace('|', chr(92) + '|')} | {speakable(written)} |\n" for written in rows())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
