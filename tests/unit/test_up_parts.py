import asyncio
import socket
from pathlib import Path

import pytest
from aiohttp import web

from ivr.settings import load
from ivr.up.ports import free_ports
from ivr.up.pulse import Pulse, ping
from ivr.up.service import ServiceKeeper, ServiceProcess
from ivr.up.supervisor import UpError, only_one


def test_a_service_is_hung_once_it_was_silent_for_five_seconds() -> None:
    pulse = Pulse(last=100.0)
    assert not pulse.is_hung(104.9)
    assert pulse.is_hung(105.0)
    pulse.beat(105.0)
    assert not pulse.is_hung(109.9)


def test_a_service_that_was_only_started_is_not_hung_however_long_the_machine_takes() -> None:
    pulse = Pulse(last=100.0)
    pulse.start(105.0)
    assert not pulse.is_hung(164.9)
    assert pulse.is_hung(165.0)
    pulse.beat(150.0)
    assert not pulse.is_hung(154.9)
    assert pulse.is_hung(155.0)


def test_free_ports_are_all_different_and_can_be_had() -> None:
    ports = free_ports()
    tcp = [ports.ami, ports.agi, ports.audio, ports.web]
    assert len(set(tcp)) == 4
    for port in tcp:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", port))
    assert ports.rtp_to - ports.rtp_from > 100


async def test_ping_tells_an_answer_from_a_refusal_an_error_and_a_silence() -> None:
    async def ok(request: web.Request) -> web.Response:
        return web.Response()

    async def hangs(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    app = web.Application()
    app.router.add_get("/healthz", ok)
    app.router.add_get("/hangs", hangs)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        assert await ping(port)
        assert not await ping(port, "/nowhere")
        assert not await ping(port, "/hangs", seconds=0.1)
    finally:
        await runner.cleanup()
    assert not await ping(port)


def test_two_lines_cannot_share_a_data_folder(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "up.lock"
    with only_one(lock), pytest.raises(UpError, match="already runs on"), only_one(lock):
        pass
    with only_one(lock):
        pass  # and it is free again


async def test_a_service_is_adopted_only_with_the_very_same_settings(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    settings.places.make()
    keeper = ServiceKeeper(settings)
    assert await keeper.adopt() is None
    # A service that cannot run ends by itself: nothing of it is left to be adopted.
    process = keeper.start()
    assert isinstance(process, ServiceProcess)
    assert process.is_alive()
    assert await keeper.adopt() == process
    other = ServiceKeeper(settings.model_copy(update={"node": "node2"}))
    assert await other.adopt() is None
    assert not process.is_alive()


async def test_a_record_of_a_process_that_is_gone_is_not_adopted(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    settings.places.make()
    keeper = ServiceKeeper(settings)
    process = keeper.start()
    await process.kill()
    assert await keeper.adopt() is None
