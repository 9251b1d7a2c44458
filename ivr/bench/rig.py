"""Two lines beside each other: ours, and the same menu written in Asterisk's own dialplan (CDR on, AMI listened to)."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from asterisk import config, private
from asterisk.ami import AmiLink, Manager
from asterisk.ami.events import AmiEvent
from asterisk.config.model import AMI_USER, BENCH_NUMBER
from ivr.bench.cpu import cpu_seconds
from ivr.flow.load import load as load_dialplan
from ivr.prompts import Prompts
from ivr.prompts.espeak import Espeak
from ivr.settings import Settings, load
from ivr.up.ports import free_ports
from ivr.up.pulse import ping
from ivr.up.service import ServiceKeeper

DIALPLANS = Path(__file__).parent / "dialplans"
SUPPLIER = "bench"
READY_SECONDS = 60.0


class RigFailed(Exception):
    """A line for the benchmark could not be started; the text says why."""


@dataclass(frozen=True, slots=True)
class BenchLine:
    """A line that is measured: where it is rung, and the processes whose time counts."""

    sip: str
    number: str
    asterisk: int
    service: int | None

    def cpu(self) -> tuple[float, float]:
        """Processor seconds so far: Asterisk's, ours."""
        return cpu_seconds(self.asterisk), cpu_seconds(self.service) if self.service is not None else 0.0


def settings_for(folder: Path, cache: Path) -> Settings:
    # Hundreds of calls at once: each needs two RTP ports, and both lines share what there is.
    ports = free_ports().model_copy(update={"rtp_from": 20_000, "rtp_to": 31_999})
    settings = load(data=folder, cache=cache, ports=ports, max_calls=2000, log_level="warning")
    settings.places.make()
    return settings


@asynccontextmanager
async def our_line(settings: Settings) -> AsyncIterator[BenchLine]:
    """Our menu, by our service, as `gudok up` runs it."""
    settings = settings.model_copy(update={"dialplans": DIALPLANS, "supplier": SUPPLIER})
    program = await asyncio.to_thread(private.locate, settings)
    written = config.write(settings, program)
    keeper = ServiceKeeper(settings)
    async with AsyncExitStack() as stack:
        places = written.places
        instance = await private.start(program, places.etc, places.run, places.log / "console.log")
        stack.push_async_callback(instance.stop)
        service = keeper.start()
        stack.push_async_callback(service.stop, 5.0)
        async with asyncio.timeout(READY_SECONDS):
            while not await ping(settings.ports.web, "/readyz"):
                if not service.is_alive():
                    raise RigFailed("the service ended while it started; its last words are above")
                await asyncio.sleep(0.1)
        yield BenchLine(f"127.0.0.1:{settings.ports.sip}", settings.line, instance.pid, service.pid)


@asynccontextmanager
async def plain_line(settings: Settings) -> AsyncIterator[BenchLine]:
    """The same menu in Asterisk's own words, playing the very same file."""
    program = await asyncio.to_thread(private.locate, settings)
    prompts = Prompts(settings.cache / "prompts", await Espeak.find(settings.cache, settings.asterisk_suite))
    [menu] = load_dialplan(DIALPLANS / SUPPLIER).texts()
    files = (await prompts.render(menu)).files
    if len(files) != 1:
        raise RigFailed(f"the menu of the benchmark must be one file, it is {len(files)}")
    written = config.write(settings, program, bench_prompt=files[0].with_suffix(""))
    async with AsyncExitStack() as stack:
        places = written.places
        instance = await private.start(program, places.etc, places.run, places.log / "console.log")
        stack.push_async_callback(instance.stop)
        link = AmiLink(Manager(AMI_USER, settings.places.secret("ami"), port=settings.ports.ami))
        link.subscribe(_listen)
        await stack.enter_async_context(link)
        await link.up(10)
        yield BenchLine(f"127.0.0.1:{settings.ports.sip}", BENCH_NUMBER, instance.pid, None)


def _listen(event: AmiEvent) -> None:
    """AMI is on for the plain dialplan too: somebody takes its events."""


@asynccontextmanager
async def both_lines(cache: Path) -> AsyncIterator[tuple[BenchLine, BenchLine]]:
    """Ours and the plain one, at the same time, on one machine; they are loaded in turn."""
    with tempfile.TemporaryDirectory(prefix="gudok-bench-") as folder:
        base = Path(folder)
        async with (
            our_line(settings_for(base / "ours", cache)) as ours,
            plain_line(settings_for(base / "plain", cache)) as plain,
        ):
            yield ours, plain
