"""`gudok prompts`: what the line says, who speaks it, and a person's recordings of it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli.options import Data, fail, settings

if TYPE_CHECKING:
    from ivr.flow.dialplan import Dialplan

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
    voice: Annotated[str, typer.Argument(help="rhvoice, silero-v5_cis_base or silero-v5_ru.", show_default=False)],
    source: Annotated[
        str | None, typer.Option("--from", help="Another address of Silero's package file.", show_default=False)
    ] = None,
    data: Data = None,
) -> None:
    """Fetch a voice that is not there.

    rhvoice: Debian's packages (120 MB), laid out in the cache without root; of its voices the line uses those that may
    speak for anybody (LGPL): anna, elena, irina, aleksandr. silero-v5_cis_base: Silero's package file (92 MB, MIT), to
    be spoken by torch (`pip install 'gudok[silero]'`); a broken fetch is gone on with, and its checksum must be right.

    Example: gudok prompts fetch rhvoice
    """
    from ivr.prompts.silero import PACKAGES

    if voice in PACKAGES:
        _fetch_silero(voice, source, data)
        return
    from ivr.debian import DebianError
    from ivr.debian.voices import rhvoice_shelf
    from ivr.up.progress import showing

    if voice != "rhvoice":
        fail(f"{voice!r} cannot be fetched here; there are rhvoice, {', '.join(PACKAGES)}", code=2)
    try:
        with showing() as progress:
            found = rhvoice_shelf(settings(data).cache, progress)
    except DebianError as error:
        fail(str(error))
    typer.echo(f"rhvoice {found.version('librhvoice5')}: {found.root}")


def _fetch_silero(name: str, source: str | None, data: Path | None) -> None:
    from functools import partial

    from asr.model_download import FetchFailed, download
    from ivr.prompts.silero import PACKAGES, digest, folder
    from ivr.up.progress import showing

    package = PACKAGES[name]
    target = folder(settings(data).cache) / package.file
    if not package.commercial:
        typer.echo(
            f"{name} is {package.licence}: silero.accept_non_commercial = true says that yours is no company's",
            err=True,
        )
    part = target.with_suffix(".fetched")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            with showing() as progress:
                download(source or package.url, part, progress=partial(progress, "fetch"))
            found = digest(part)
            if package.sha256 and found != package.sha256:
                part.unlink()
                fail(f"{name}: what came is not what was published (SHA-256 {found}); --from may name another address")
            part.rename(target)
    except (FetchFailed, OSError) as error:
        fail(f"{name}: {error}")
    typer.echo(f"{name} {digest(target)[:12]}: {target}")


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
    from ivr.flow.load import load
    from ivr.flow.script import flow_script
    from ivr.prompts.packing import wanted
    from ivr.service.answering import NO_DRAFT
    from ivr.settings import shipped_dialplans

    scripts = {f"dialogue-{name}": [prompt.text for prompt in one.prompts.values()] for name, one in DIALOGUES.items()}
    scripts["dialogue-courtesy"] = [prompt.text for prompt in COURTESIES.values()]
    for line in sorted(shipped_dialplans().glob("*/line.yaml")):
        dialplan = load(line.parent)
        scripts[line.parent.name] = [*flow_script(dialplan).values(), *dialplan.prompts.values()]
    return wanted(scripts, [NO_DRAFT])


@prompts.command("list")
def list_(
    folder: Folder,
    numbers: Annotated[bool, typer.Option("--numbers", help="The parts of numbers too.")] = False,
    todo: Annotated[bool, typer.Option("--todo", help="Only what is to be recorded, or recorded again.")] = False,
) -> None:
    """List what a person may record for a line, one tab-separated row each: how it stands, file, what to read.

    Exit code 1 when a recording does not fit its text any more.

    Example: gudok prompts list dialplans/energosbyt --todo
    """
    from ivr.flow.script import script
    from ivr.prompts.studio import BadIndex, states

    try:
        found = list(states(folder, script(_dialplan(folder))))
    except BadIndex as error:
        fail(str(error))
    for state in found:
        if todo and state.kind in ("recorded", "unused"):
            continue
        if numbers or not state.file.startswith("number.") or state.kind != "to record":
            typer.echo(f"{state.kind}\t{state.file}\t{state.text}")
    if any(state.kind in ("changed", "missing", "unused") for state in found):
        raise typer.Exit(1)


@prompts.command()
def adopt(folder: Folder) -> None:
    """Take the WAV files of DIR/prompts as recordings of what the line says now.

    Each is looked at first: a file that is no sound, nearly silent or cut off is told of and left out, exit code 1.
    Names are those that `gudok prompts list` shows.

    Example: gudok prompts adopt dialplans/energosbyt
    """
    from ivr.flow.script import script
    from ivr.prompts.studio import FOLDER, INDEX, BadIndex, fault_of, read_index, wanted_files, write_index

    wanted = wanted_files(script(_dialplan(folder)))
    try:
        index = read_index(folder)
    except BadIndex as error:
        fail(str(error))
    there = sorted((folder / FOLDER).glob("*.wav"))
    faults = [f"{path}: no text of the line has this name" for path in there if path.name not in wanted]
    taken = 0
    for path in there:
        if path.name not in wanted:
            continue
        fault = fault_of(path)
        if fault:
            faults.append(f"{path}: {fault}")
        elif index.get(path.name) != wanted[path.name]:
            index[path.name], taken = wanted[path.name], taken + 1
    write_index(folder, {name: text for name, text in index.items() if (folder / FOLDER / name).exists()})
    for text in faults:
        typer.echo(f"gudok: {text}", err=True)
    typer.echo(f"{folder / FOLDER / INDEX}: {taken} taken, {len(there) - len(faults)} recordings in all", err=True)
    if faults:
        raise typer.Exit(1)


def _dialplan(folder: Path) -> "Dialplan":
    from ivr.flow.load import BadDialplan, load

    if not folder.is_dir():
        fail(f"{folder}: there is no such folder; name a supplier's folder, such as dialplans/energosbyt", code=2)
    try:
        return load(folder)
    except BadDialplan as error:
        fail(str(error))


@prompts.command()
def proof(
    folder: Folder,
    every: Annotated[int, typer.Option("--every", min=1, help="Look at each N-th text only.")] = 1,
    data: Data = None,
) -> None:
    """Render all a line says and look at it: levels, clipping, silence at the start, and what the recogniser hears.

    One tab-separated row a text: verdict, seconds, peak, loudness (dB), silence before it (ms), how many of the words
    that the model knows it heard, the text. Exit code 1 when a text cannot be spoken or sounds wrong.

    Example: gudok prompts proof dialplans/energosbyt --every 5
    """
    asyncio.run(_proof(folder, every, data))


async def _proof(folder: Path, every: int, data: Path | None) -> None:
    import tempfile
    from contextlib import AsyncExitStack

    from asr.vosk_engine import VoskRecognizer
    from ivr.flow.script import script
    from ivr.prompts import NoVoice, Prompts
    from ivr.prompts.choice import choose
    from ivr.prompts.proof import proved
    from ivr.prompts.studio import Studio
    from ivr.service.hearing import Hearing

    chosen, said = settings(data), script(_dialplan(folder))
    texts = list(dict.fromkeys(said.values()))[::every]
    wrong = 0
    async with AsyncExitStack() as stack:
        try:
            voices = (await choose(chosen, stack)).chain
        except NoVoice as error:
            fail(str(error))
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gudok-proof-")))
        speaking, studio = Prompts(place, voices), await asyncio.to_thread(Studio.of, folder)
        hearing = await Hearing.start(chosen)
        stack.push_async_callback(hearing.aclose)
        engine = hearing.recognizer.links[0].recognizer
        lacking = engine.lacking if isinstance(engine, VoskRecognizer) else lambda words: []
        async for row in proved(speaking.led_by(studio) if studio else speaking, engine, lacking, texts):
            wrong += not row.ok
            typer.echo(str(row))
    typer.echo(f"{len(texts)} texts, {wrong} wrong", err=True)
    if wrong:
        raise typer.Exit(1)
