"""`gudok call`: a robot caller rings the line over real SIP and RTP and follows a scenario."""

import asyncio
import json
import socket
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ivr.cli.options import Data, fail, settings

if TYPE_CHECKING:
    from asterisk.robot.call import Call
    from asterisk.robot.report import Report
    from ivr.flow.scenarios.scenario import Scenario
    from ivr.prompts.voice import Voice
    from ivr.settings import Settings


class Format(StrEnum):
    table = "table"
    json = "json"


def register(app: typer.Typer) -> None:
    app.command()(call)


def call(
    scenario: Annotated[Path, typer.Argument(help="The scenario, a YAML file.", show_default=False)],
    sip: Annotated[
        str | None,
        typer.Option("--sip", help="Ring this host:port instead of the line that runs here.", show_default=False),
    ] = None,
    line: Annotated[
        str | None, typer.Option("--line", help="The number to ring, when the scenario names none.", show_default=False)
    ] = None,
    record: Annotated[
        Path | None, typer.Option("--record", help="Keep what the caller heard as a WAV file.", show_default=False)
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How the result is printed.")] = Format.table,
    data: Data = None,
) -> None:
    """Ring the line and follow a scenario; print what was measured. Exit 1: something was not as it should be.

    Example: gudok call dialplans/energosbyt/tests/keys.yaml --format json
    """
    from ivr.flow.scenarios.scenario import BadScenario, load_scenario, not_for_call

    try:
        read = load_scenario(scenario)
        findings = not_for_call(read)
    except BadScenario as bad:
        findings = bad.findings
    if findings:
        for finding in findings:
            typer.echo(str(finding), err=True)
        raise typer.Exit(2)
    chosen = settings(data)
    host, port, number = _where(chosen, sip, read.to or line)
    report = asyncio.run(_call(chosen, read, host, port, number, record))
    if form is Format.json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _table(report)
    raise typer.Exit(0 if report.ok else 1)


def _where(chosen: "Settings", sip: str | None, number: str | None) -> tuple[str, int, str]:
    """Address and number: those given, else of the line that runs on this data folder."""
    running: dict[str, Any] = {}
    path = chosen.places.run / "up.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        running = found if isinstance(found, dict) else {}
    except (OSError, ValueError) as error:
        if sip is None:
            fail(f"no line runs here ({path}: {error}); start it with `gudok up`, or give --sip host:port")
    address = sip or str(running.get("sip", ""))
    host, colon, port = address.rpartition(":")
    if not colon:
        host, port = address, "5060"
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        fail(f"--sip {address!r}: an address is host:port, for example 127.0.0.1:5060", code=2)
    try:
        found_host = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_DGRAM)[0][4][0]
    except OSError as error:
        fail(f"{host}: no such host: {error}")
    return str(found_host), int(port), number or str(running.get("line") or chosen.line)


def _own_address(host: str, port: int) -> str:
    """The address of this machine from which `host` is reached."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, port))
        except OSError as error:
            fail(f"{host} cannot be reached: {error.strerror}")
        return str(probe.getsockname()[0])


async def _call(
    chosen: "Settings", scenario: "Scenario", host: str, port: int, number: str, record: Path | None
) -> "Report":
    from asr.audio import BadAudio
    from asterisk.robot.address import Uri
    from asterisk.robot.follow import follow
    from asterisk.robot.phone import RobotPhone
    from ivr.clock import SystemClock
    from ivr.prompts.spoken import NotSpeakable
    from ivr.prompts.voice import NoVoice, VoiceFailed

    def keep(call: "Call") -> None:
        if record is not None:
            try:
                call.recording.save(record)
            except OSError as error:
                fail(f"--record {record}: {error.strerror}")

    def notice(text: str) -> None:
        if sys.stderr.isatty():
            typer.echo(text, err=True)

    try:
        voice = await _voice(chosen, scenario)
        async with RobotPhone(local=_own_address(host, port)) as phone:
            target = str(Uri(user=number, host=host, port=port))
            return await follow(phone, scenario, target, clock=SystemClock(), voice=voice, notice=notice, heard=keep)
    except (NoVoice, VoiceFailed) as error:
        fail(f"the caller cannot speak: {error}")
    except BadAudio as error:
        fail(f"{scenario.file}: a recording cannot be played: {error}", code=2)
    except NotSpeakable as error:
        fail(f"{scenario.file}: {error}", code=2)


async def _voice(chosen: "Settings", scenario: "Scenario") -> "Voice | None":
    """A voice for the caller, if it has anything to say."""
    from ivr.flow.scenarios.scenario import Say

    if not any(isinstance(step, Say) and step.wav is None for step in scenario.steps):
        return None
    from ivr.prompts.espeak import CALLERS, Espeak

    return await Espeak.find(chosen.cache, chosen.asterisk_suite, CALLERS[0])


def _table(report: "Report") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(soft_wrap=True)
    table = Table(title=Text(f"{report.scenario} → {report.target}"), title_justify="left")
    for name in ("шаг", "начат, с", "длился, с", "задержка, с", "итог"):
        table.add_column(name, justify="right" if name.endswith("с") else "left")
    for step in report.steps:
        delay = step.measured.get("delay")
        shown = "" if delay is None else f"{delay:.3f}"
        table.add_row(Text(step.step), f"{step.began:.3f}", f"{step.seconds:.3f}", shown, "да" if step.ok else "нет")
    console.print(table)
    for name, title in _TIMINGS.items():
        seconds = report.timings.get(name)
        if seconds is not None:
            console.print(Text(f"{title}: {seconds:.3f} с"))
    for failure in report.failures:
        console.print(Text(f"ОШИБКА {failure}"))
    console.print(Text("сценарий пройден" if report.ok else "сценарий не пройден"))


_TIMINGS = {
    "ringing": "гудок",
    "answered": "ответ",
    "first_sound_after_answer": "первый звук после ответа",
    "ended": "конец вызова",
}
