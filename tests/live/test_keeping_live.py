"""A whole line with everything around its calls: a talk recorded, a CRM told, and nobody named in metrics or logs."""

import asyncio
import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from live.own_line import OwnLine, own_line
from live.running_line import until as until_true
from prometheus_client.parser import text_string_to_metric_families

from asterisk.robot.errors import CallRefused, RobotError
from asterisk.robot.phone import RobotPhone
from asterisk.robot.tones import tone
from ivr.webhooks.signature import verified

pytestmark = pytest.mark.live

SECONDS = 30.0
METRICS = Path(__file__).parents[2] / "docs" / "metrics.md"
LINE = """\
title: Линия
numbers: {"88003505566": main}
queues: {operators: {title: Операторы, always_open: yes}}
recordings: {queues: [operators], announcement: Разговор записывается.}
"""
FLOW = """\
start: hello
steps:
  hello: {say: Здравствуйте!, next: operator}
  operator: {queue: operators, seconds: 60, served: served, timeout: left, no_operators: left}
  served: {end: answered}
  left: {end: overflow}
"""
GARBAGE = (
    "79130000001", "0" * 60, "call-me", "+7913000-00-02", "evil%22%7D%0Agudok_x%201", "anonymous",
    "1;DROP TABLE events",
)  # fmt: skip


@pytest.fixture
async def receiver() -> "asyncio.Queue[tuple[dict[str, str], bytes]]":
    return asyncio.Queue()


async def serve(got: "asyncio.Queue[tuple[dict[str, str], bytes]]") -> tuple[web.AppRunner, str]:
    async def take(request: web.Request) -> web.Response:
        got.put_nowait((dict(request.headers), await request.read()))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/"


def metrics(line: OwnLine) -> dict[str, list[tuple[dict[str, str], float]]]:
    with urllib.request.urlopen(f"{line.running.status['web']}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def total(found: dict[str, list[tuple[dict[str, str], float]]], name: str) -> float:
    return sum(value for _, value in found.get(name, []))


async def wait(true: Callable[[], bool], what: str) -> None:
    await asyncio.to_thread(until_true, true, SECONDS, what)


async def test_a_talk_is_recorded_a_crm_is_told_and_nobody_is_named(
    tmp_path: Path, receiver: "asyncio.Queue[tuple[dict[str, str], bytes]]"
) -> None:
    runner, url = await serve(receiver)
    folder = tmp_path / "dialplans" / "energosbyt"
    folder.mkdir(parents=True)
    (folder / "webhooks.yaml").write_text(f"webhooks: {{crm: {{url: '{url}', events: [contact]}}}}\n", encoding="utf-8")
    (folder / "alerts.yaml").write_text("alerts: {disk: {measure: disk, below: 99999999, for: 0}}\n", encoding="utf-8")
    try:
        with own_line(tmp_path, LINE, FLOW) as line:
            await told_and_recorded(line, receiver)
            before = metrics(line)
            await garbage(line)
            await wait(
                lambda: total(metrics(line), "gudok_calls_total") >= total(before, "gudok_calls_total") + 3, "calls"
            )
            after = metrics(line)
            nobody_is_named(before, after)
            await wait(lambda: bool(line.logged("alert.raised")), "the disk's alert")
            every_line_of_a_call_carries_it(line)
    finally:
        await runner.cleanup()


async def told_and_recorded(line: OwnLine, got: "asyncio.Queue[tuple[dict[str, str], bytes]]") -> None:
    secret = line.running.secret("operator-101")
    async with RobotPhone() as robot, RobotPhone(user="101", secret=secret, registrar=line.running.sip) as operator:
        await wait(lambda: total(metrics(line), "gudok_queue_operators") >= 1, "the operator can be rung")
        caller = await robot.dial(f"sip:{line.running.number}@{line.running.sip}", caller="89130000001")
        await caller.answered(SECONDS)
        leg = await operator.incoming(SECONDS)
        await leg.accept()
        caller.play(tone(440, 4))
        leg.play(tone(1000, 4))
        await asyncio.sleep(2)  # a talk goes on: real time is what is recorded
        await leg.hang_up()
        await caller.ended(SECONDS)
    headers, body = await asyncio.wait_for(got.get(), SECONDS)
    message = json.loads(body)
    key = line.running.secret("webhook-energosbyt-crm")
    at = int(re.search(r"t=(\d+)", headers["Gudok-Signature"])[1])  # type: ignore[index]
    assert verified(headers["Gudok-Signature"], key, body, now=at)
    assert (message["event"], message["contact"]["exit"]) == ("contact", "answered")
    await wait(lambda: bool(line.logged("recordings.kept")), "the recording is kept")
    out = line.running.data / "talk.wav"
    line.gudok("recordings", "export", message["call"], "-o", str(out), "--why", "проверка")
    assert out.stat().st_size > 32_000
    assert "recordings.export" in line.gudok("recordings", "accesses")
    assert "Разговор записывается." in line.said()


async def garbage(line: OwnLine) -> None:
    async with RobotPhone() as robot:
        for caller in GARBAGE:
            try:
                call = await robot.dial(f"sip:{line.running.number}@{line.running.sip}", caller=caller, name=caller)
                await call.answered(SECONDS)
                await call.hang_up()
            except (CallRefused, RobotError):
                continue  # Asterisk would not have it at all


def nobody_is_named(
    before: dict[str, list[tuple[dict[str, str], float]]], after: dict[str, list[tuple[dict[str, str], float]]]
) -> None:
    page = METRICS.read_text(encoding="utf-8")
    for name, samples in after.items():
        assert len(samples) <= max(len(before.get(name, ())) + 2, 20), f"{name} grows with its callers"
        if name.startswith("gudok_"):
            bare = re.sub(r"_(bucket|count|sum|created)$", "", name)
            assert f"`{bare}`" in page or f"`{name}`" in page, f"{name} is not in docs/metrics.md"
        for labels, _ in samples:
            for label, value in labels.items():
                allowed = label == "line" and value == "88003505566"
                assert allowed or not re.search(r"\d{5,}", value), f"{name} {label}={value}"
                assert all(word not in value for word in ("evil", "call-me", "DROP")), f"{name} {label}={value}"
    assert total(after, "gudok_wait_answered_seconds_count") == 1
    assert total(after, "gudok_talk_seconds_count") == 1


def every_line_of_a_call_carries_it(line: OwnLine) -> None:
    log = line.running.data / "log" / "gudok.log"
    text = log.read_text(encoding="utf-8")
    assert "9130000001" not in text
    assert "000000000000000000" not in text
    for told in map(json.loads, text.splitlines()):
        if str(told["action"]).startswith(("call", "phone.", "step", "message.", "desk")):
            assert told.get("call"), told
