"""`gudok prompts`: what the line says, who speaks it, and a person's recordings of it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ivr.cli.options import Data, fail, settings

prompts = typer.Typer(no_args_is_help=True, help="What the line says: its voices, recordings by a person, a proof.")
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A supplier's folder.", show_default=False)]


def register(app: typer.Typer) -> None:
    app.add_typer(prompts, name="prompts")


@prompts.command()
def voices(data: Data = None) -> None:
    """Say which voices this machine has, the one the line speaks with first, and how to get the others.

    Example: gudok prompts voices
    """
    asyncio.run(_voices(data))


async def _voices(data: Path | None) -> None:
    from contextlib import AsyncExitStack

    from ivr.prompts import NoVoice
    from ivr.prompts.choice import choose

    async with AsyncExitStack() as stack:
        try:
            chosen = await choose(settings(data), stack)
        except NoVoice as error:
            fail(str(error))
        for voice in chosen.voices:
            typer.echo(f"{voice.name} {voice.version}")
        for engine, why in chosen.missing.items():
            typer.echo(f"{engine}: {why}", err=True)


@prompts.command()
def fetch(
    voice: Annotated[str, typer.Argument(help="rhvoice: its library and Russian voices, Debian's packages (120 MB).")],
    data: Data = None,
) -> None:
    """Fetch a voice that is not there: RHVoice, laid out in the cache without root.

    Of its voices the line uses those that may speak for anybody (LGPL): anna, elena, irina, aleksandr.

    Example: gudok prompts fetch rhvoice
    """
    from ivr.debian import DebianError
    from ivr.debian.voices import rhvoice_shelf
    from ivr.up.progress import showing

    if voice != "rhvoice":
        fail(f"{voice!r} cannot be fetched here; there is rhvoice (and `gudok models fetch` for Silero)", code=2)
    try:
        with showing() as progress:
            found = rhvoice_shelf(settings(data).cache, progress)
    except DebianError as error:
        fail(str(error))
    typer.echo(f"rhvoice {found.version('librhvoice5')}: {found.root}")


@prompts.command()
def pack(
    folder: Annotated[Path | None, typer.Argument(help="Where to; by default the pack that ships.")] = None,
    data: Data = None,
) -> None:
    """Render the demo lines' texts and all numbers into the pack that ships (`make prompts`); needs RHVoice.

    Example: gudok prompts pack
    """
    asyncio.run(_pack(folder, data))


async def _pack(folder: Path | None, data: Path | None) -> None:
    from ivr.prompts import NoVoice
    from ivr.prompts.pack import packed, shipped
    from ivr.prompts.packing import kept, store
    from ivr.prompts.rhvoice import RhVoice

    where = folder or shipped()
    try:
        voice = await RhVoice.find(settings(data).cache, where.name)
    except NoVoice as error:
        fail(str(error))
    archives = demo_texts()
    sounds = await asyncio.to_thread(kept, where, voice)
    missing = sorted({text for texts in archives.values() for text in texts} - set(sounds))
    for number, text in enumerate(missing, start=1):
        sounds[text] = packed(await voice.render(text))
        if number % 50 == 0 or number == len(missing):
            typer.echo(f"{number} of {len(missing)} rendered", err=True)
    await asyncio.to_thread(store, where, archives, sounds, voice)
    typer.echo(f"{where}: {sum(map(len, archives.values()))} texts, {len(missing)} new", err=True)


def demo_texts() -> Mapping[str, set[str]]:
    """The texts of the pack that ships, by its archives: each dialogue's own wording and the demo lines'."""
    from bots.catalogue import DIALOGUES
    from bots.dialogues.courtesy import PROMPTS as COURTESIES
    from ivr.answering import NO_DRAFT
    from ivr.flow.load import load
    from ivr.flow.script import flow_script
    from ivr.prompts.packing import wanted
    from ivr.settings import shipped_dialplans

    scripts = {f"dialogue-{name}": [prompt.text for prompt in one.prompts.values()] for name, one in DIALOGUES.items()}
    scripts["dialogue-courtesy"] = [prompt.text for prompt in COURTESIES.values()]
    for line in sorted(shipped_dialplans().glob("*/line.yaml")):
        dialplan = load(line.parent)
        scripts[line.parent.name] = [*flow_script(dialplan).values(), *dialplan.prompts.values()]
    return wanted(scripts, [NO_DRAFT])
