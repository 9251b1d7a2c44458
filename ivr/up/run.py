"""From settings to a ringing line: finds Asterisk, writes its configuration, starts, watches, ends."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Callable

from asterisk import config, private
from asterisk.ami import AmiLink, Manager
from asterisk.config.model import AMI_UP_USER
from ivr import logs
from ivr.clock import SystemClock
from ivr.settings import Ports, Settings
from ivr.up.asterisk import AsteriskKeeper
from ivr.up.ports import NoFreePort, free_ports
from ivr.up.progress import showing, tell
from ivr.up.supervisor import Status, Supervisor, UpError, only_one

__all__ = ["Status", "UpError", "run"]


async def run(settings: Settings, *, auto_ports: bool, ready: Callable[[Status], None]) -> None:
    """Run the line until it is told to stop (SIGINT, SIGTERM); `ready` hears once that it can be rung."""
    places = settings.places
    try:
        places.make()
    except OSError as error:
        text = f"the data folder {settings.data} cannot be made: {error.strerror}; choose another --data"
        raise UpError(text) from error
    logs.set_up(places.log / "up", level=settings.log_level)
    with only_one(places.run / "up.lock"):
        if auto_ports:
            try:
                ports = _kept_ports(settings) or free_ports()
            except NoFreePort as error:
                raise UpError(str(error)) from error
            settings = settings.model_copy(update={"ports": ports})
        await _run(settings, ready)


async def _run(settings: Settings, ready: Callable[[Status], None]) -> None:
    places = settings.places
    try:
        with showing() as progress:
            program = await asyncio.to_thread(private.locate, settings, progress)
        written = config.write(settings, program)
    except (private.PrivateError, config.ConfigRefused, config.Misplaced) as error:
        raise UpError(str(error)) from error
    asterisk = AsteriskKeeper(settings, program, written)
    link = AmiLink(Manager(AMI_UP_USER, places.secret("ami-up"), port=settings.ports.ami))
    supervisor = Supervisor(settings, asterisk, link, SystemClock(), tell)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, supervisor.stop)
    kept = places.run / "up.json"

    def keep(status: Status) -> None:
        # Whole or not at all: others look at it while it changes.
        new = kept.with_suffix(".new")
        new.write_text(status.json() + "\n", encoding="utf-8")
        new.replace(kept)

    try:
        status = await supervisor.start()
        keep(status)
        (places.run / "ports.json").write_text(settings.ports.model_dump_json(), encoding="utf-8")
        ready(status)
        _show_first_password(settings)
        await supervisor.watch(keep)
    except private.PrivateError as error:
        raise UpError(str(error)) from error
    finally:
        await supervisor.end()
        kept.unlink(missing_ok=True)


def _show_first_password(settings: Settings) -> None:
    """Once: from then on it is known to people alone."""
    file = settings.places.first_password
    with contextlib.suppress(FileNotFoundError):
        password = file.read_text(encoding="ascii").strip()
        again = "`gudok users password admin` makes another"
        tell(f"  screens     enter as admin with {password} (shown this once; {again})")
        file.unlink()


def _kept_ports(settings: Settings) -> Ports | None:
    """The ports of a line that still half runs here (its supervisor died): it is adopted with them."""
    run = settings.places.run
    if not (run / "up.json").exists():
        return None
    with contextlib.suppress(OSError, ValueError):
        return Ports.model_validate(json.loads((run / "ports.json").read_text(encoding="utf-8")))
    return None
