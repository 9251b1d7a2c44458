"""`python -m asr.train`: speak, fit, export; exam and score. `make model` and `make accuracy` call them in order."""

import argparse
import os
import pickle
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asr.train.texts import Sources


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m asr.train", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    for name, about in (
        ("speak", "let the voices say all training texts"),
        ("fit", "train the net; goes on where it was stopped"),
        ("export", "write the trained net as a model for Vosk"),
        ("exam", "let other voices say the test sets"),
        ("score", "write the table of accuracy"),
    ):
        step = steps.add_parser(name, help=about)
        step.add_argument("--work", type=Path, required=True, help="where all that is made lies")
        if name in ("speak", "export"):
            step.add_argument(
                "--known", type=Path, required=True, help="all words that the model must have, one a line"
            )
            step.add_argument("--dialplans", type=Path, required=True, help="a folder of YAML with ordinary sentences")
        if name in ("speak", "exam"):
            step.add_argument("--voices", type=Path, required=True, help="Debian's RHVoice and festival, unpacked")
        if name == "exam":
            step.add_argument("--recordings", type=Path, help="asterisk-core-sounds-ru-wav, unpacked: a real woman")
            step.add_argument(
                "--sentences", type=Path, required=True, help="YAML of ordinary sentences, none trained on"
            )
        if name == "fit":
            step.add_argument("--steps", type=int, default=3000)
            step.add_argument("--threads", type=int, default=os.cpu_count() or 1)
        if name == "export":
            step.add_argument("--to", type=Path, required=True, help="the model's folder")
        if name == "score":
            step.add_argument("model", type=Path)
            step.add_argument("--beside", type=Path, help="another model to compare with")
            step.add_argument("--to", type=Path, required=True, help="the page")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    {"speak": _speak, "fit": _fit, "export": _export, "exam": _exam, "score": _score}[given.step](given)


def _speak(given: argparse.Namespace) -> None:
    from asr.train.speak import speak

    speak(given.voices, _espeak(), _sources(given), given.work / "audio")


def _fit(given: argparse.Namespace) -> None:
    import torch

    from asr.train.fit import Course, fit

    torch.set_num_threads(given.threads)
    fit(given.work / "audio", given.work / "net.pt", Course(steps=given.steps))


def _export(given: argparse.Namespace) -> None:
    import torch

    from asr.pronunciation import PHONES
    from asr.train.export import export
    from asr.train.net import Net, Shape

    net = Net(Shape(len(PHONES)))
    net.load_state_dict(torch.load(given.work / "net.pt", weights_only=True)["net"])
    export(net.eval(), _sources(given), given.to)


def _exam(given: argparse.Namespace) -> None:
    from asr.train.test_sets import write_sets

    write_sets(given.voices, _espeak(), given.recordings, given.sentences, given.work / "exam")


def _score(given: argparse.Namespace) -> None:
    from asr.train.table import write_table

    write_table(given.model, given.beside, given.work / "exam", given.to)


def _sources(given: argparse.Namespace) -> "Sources":
    """Made once: the dictionary takes a minute."""
    from asr.train.sources import sources

    kept = given.work / "sources.pickle"
    if not kept.exists():
        kept.write_bytes(pickle.dumps(sources(given.known, given.dialplans)))
    made: Sources = pickle.loads(kept.read_bytes())
    return made


def _espeak() -> list[str]:
    program = shutil.which("espeak-ng")
    if program is None:
        raise SystemExit("espeak-ng is missing: sudo apt-get install espeak-ng")
    return [program]


if __name__ == "__main__":
    main()
