"""How well an open question is sorted: the tables of docs/understanding-topics.md by `python -m corpus.topics_table`.

A phrase is `right` where exactly what was wanted was named, `wrong` where a topic was named that was not wanted. The
rest cost a caller a question more: asked between two topics, one topic of two heard, or nothing heard.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

import yaml

from bots.understanding.topics import Sorted, Topics
from ivr.flow.topics import read_topics
from ivr.settings import shipped_dialplans

DEVELOPMENT = Path(__file__).with_name("topics_dev.yaml")
TEST = Path(__file__).with_name("topics_test.yaml")
SECOND = Path(__file__).with_name("topics_second.yaml")
SEED = "2026"
RATES = (0.0, 0.05, 0.10, 0.15)
_SHORT = ("и", "а", "ну", "на", "в", "э", "вот", "так", "же", "там", "это", "что", "у", "с", "то", "как", "он", "мы")
_ALIKE = str.maketrans("оаеибпдтгкзсвф", "аоиепбтдкгсзфв")

Verdict = Literal["right", "wrong", "asked", "one of two", "nothing"]


@dataclass(slots=True)
class Tally:
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    missed: list[tuple[Verdict, str, str, str]] = field(default_factory=list)
    """What was not right: the verdict, the phrase, what was wanted, what was heard."""

    @property
    def phrases(self) -> int:
        return self.verdicts.total()

    def share(self, verdict: Verdict) -> float:
        return self.verdicts[verdict] / self.phrases


def shipped() -> Topics:
    book, findings = read_topics(shipped_dialplans() / "energosbyt" / "topics.yaml")
    if book is None:
        raise SystemExit("\n".join(map(str, findings)))
    return book.taught


def phrases(path: Path) -> Iterator[tuple[str, str]]:
    """Every phrase with what is wanted of it."""
    for wanted, said in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        yield from ((wanted, phrase) for phrase in said)


def verdict(wanted: str, heard: Sorted) -> Verdict:
    if wanted == "nothing":
        return "wrong" if heard.topics else "asked" if heard.between else "right"
    if " | " in wanted:
        either = set(wanted.split(" | "))
        if set(heard.between) == either or (heard.topics and set(heard.topics) <= either):
            return "right"
    every = tuple(wanted.replace(" | ", " + ").split(" + "))
    if heard.topics == every:
        return "right"
    if heard.topics:
        return "one of two" if set(heard.topics) < set(every) else "wrong"
    return "asked" if heard.between else "nothing"


def misheard(phrase: str, rate: float, chance: Random) -> str:
    """The phrase as recognition might write it, with errors in `rate` of its words."""
    out: list[str] = []
    for word in phrase.split():
        if chance.random() >= rate:
            out.append(word)
            continue
        kind = chance.choice(("lost", "ending", "letter", "other", "more"))
        if kind == "ending" and len(word) > 4:
            out.append(word[: -chance.randint(1, 2)] + chance.choice(("а", "ы", "ом", "ить", "")))
        elif kind == "letter" and len(word) > 3:
            at = chance.randrange(len(word))
            out.append(word[:at] + word[at].translate(_ALIKE) + word[at + 1 :])
        elif kind == "other":
            out.append(chance.choice(_SHORT))
        elif kind == "more":
            out += [chance.choice(_SHORT), word]
    return " ".join(out)


def measured(topics: Topics, path: Path, rate: float = 0.0) -> Tally:
    tally, chance = Tally(), Random(SEED)
    for wanted, phrase in phrases(path):
        heard = topics.sort(misheard(phrase, rate, chance) if rate else phrase)
        found = verdict(wanted, heard)
        tally.verdicts[found] += 1
        if found != "right":
            got = " + ".join(heard.topics) or " | ".join(heard.between) or "nothing"
            tally.missed.append((found, phrase, wanted, got))
    return tally


def main() -> None:
    topics = shipped()
    lines = [
        "| phrases | errors | right | wrong | asked between two | one of two | nothing |",
        "|---|---|---|---|---|---|---|",
    ]
    order: tuple[Verdict, ...] = ("right", "wrong", "asked", "one of two", "nothing")
    for name, path, rates in (
        ("development", DEVELOPMENT, RATES[:1]),
        ("test", TEST, RATES),
        ("second test", SECOND, RATES),
    ):
        for rate in rates:
            tally = measured(topics, path, rate)
            shares = " | ".join(f"{tally.share(kind):.1%}" for kind in order)
            lines.append(f"| {name}, {tally.phrases} | {rate:.0%} | {shares} |")
    lines += ["", "| verdict | said | wanted | heard |", "|---|---|---|---|"]
    for path in (TEST, SECOND):
        missed = measured(topics, path).missed
        lines += [f"| {' | '.join(part.replace('|', 'or') for part in miss)} |" for miss in missed]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
