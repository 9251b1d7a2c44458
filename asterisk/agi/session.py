"""One call under our control: commands go out one at a time, typed replies come back, the end comes as one exception.

`CallerLeft` is raised out of whatever is awaited once Asterisk says `HANGUP`; `SessionGone` when the link ends without
it. Asterisk reads ahead badly: two commands in one packet lose the second, so the next is sent after the reply.
"""

import asyncio
from collections.abc import Mapping

from asterisk.agi.protocol import Event, Hangup, Headers, ProtocolFault, Reply, command_line
from ivr.call.phone import CallerLeft, PhoneFailed

DONE = "GUDOK_DONE"
"""The dialplan's fallback takes over unless this variable is 1 when the session ends."""

WHY = "GUDOK_WHY"
"""Why the fallback took over, in the journal's words."""

QUICK = 15.0
"""Seconds for a command that Asterisk answers at once."""


class SessionGone(PhoneFailed):
    """The link to Asterisk ended while the call may live on: one of the two programs fell."""


class CommandRefused(PhoneFailed):
    """Asterisk does not know a command or its form: a fault of ours, or a module is missing."""


class AgiSession:
    """Made by the server for each connection whose headers are complete; only one task uses it at a time."""

    __slots__ = (
        "_deadline",
        "_end",
        "_loop",
        "_skip",
        "_transport",
        "_waiting",
        "call",
        "finished",
        "headers",
    )

    def __init__(
        self, transport: asyncio.Transport, headers: Mapping[str, str], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.headers = headers
        self.call = headers["uniqueid"]
        """What log lines call this call; its owner puts its own id here."""
        self.finished = False
        self._transport = transport
        self._loop = loop
        self._end: type[CallerLeft] | str | None = None
        self._waiting: asyncio.Future[Reply] | None = None
        self._skip = 0
        self._deadline: float | None = None

    # What the connection tells us.

    def take(self, event: Event) -> None:
        """An event of the parser. Raises ProtocolFault when it makes no sense here."""
        if isinstance(event, Reply):
            waiting = self._waiting
            if self._skip > 0 or (waiting is not None and waiting.cancelled()):
                self._skip -= 1
            elif waiting is not None and not waiting.done():
                waiting.set_result(event)
            elif self._end is None:
                raise ProtocolFault("a reply to no command")
        elif isinstance(event, Hangup):
            self.end(CallerLeft)
        elif isinstance(event, Headers):
            raise ProtocolFault("headers twice")

    def end(self, why: type[CallerLeft] | str) -> None:
        """From now on everything raises; the first reason stays."""
        if self._end is None:
            self._end = why
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(self._ending())

    def overdue(self, now: float) -> bool:
        """Whether Asterisk owes us a reply for longer than that command may take."""
        return self._deadline is not None and now > self._deadline

    # What the owner of the call does.

    @property
    def over(self) -> bool:
        return self._end is not None

    @property
    def caller_left(self) -> bool:
        return self._end is CallerLeft

    def now(self) -> float:
        """Seconds on the clock that measures this session."""
        return self._loop.time()

    async def command(self, name: str, *words: str | int, within: float | None = QUICK) -> Reply:
        """Send one command and wait for its reply; `within` seconds, or None for one that takes as long as it takes.

        A reply of -1 is returned only if the channel is alive, so that it means that the command itself failed.
        """
        reply = await self._exchange(command_line(name, *words), within)
        if reply.code == 200:
            if reply.result == "-1":
                await self._make_sure_of_the_channel()
            return reply
        if reply.code == 511:
            raise self._gone("the channel is dead")
        raise CommandRefused(f"Asterisk refused {name!r}: {reply.code} {(reply.text or '')[:200]}")

    async def _exchange(self, line: bytes, within: float | None) -> Reply:
        if self._end is not None:
            raise self._ending()
        if self._waiting is not None:
            raise RuntimeError(f"{line!r} while another command of call {self.call} is running")
        waiting: asyncio.Future[Reply] = self._loop.create_future()
        self._waiting = waiting
        self._deadline = None if within is None else self._loop.time() + within
        self._transport.write(line)
        try:
            return await waiting
        finally:
            self._waiting = self._deadline = None
            if waiting.cancelled():
                self._skip += 1  # the reply will still come; the next command stops what plays

    async def _make_sure_of_the_channel(self) -> None:
        reply = await self._exchange(command_line("CHANNEL STATUS"), QUICK)
        if reply.code != 200 or reply.result == "-1":
            raise self._gone("the channel is dead")

    def _gone(self, why: str) -> Exception:
        self.end(why)
        return self._ending()

    def _ending(self) -> Exception:
        if self._end is CallerLeft:
            return CallerLeft()
        return SessionGone(f"the link to Asterisk ended: {self._end}")

    # Commands by name, where more than one place needs them.

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable; `__` before the name hands it on to the channels this one makes."""
        await self.command("SET VARIABLE", name, value)

    async def variable(self, name: str) -> str:
        """The value of a channel variable or function; empty when it is not set. Asterisk gives 1023 bytes of it."""
        reply = await self.command("GET VARIABLE", name)
        return (reply.text or "") if reply.result == "1" else ""

    async def expand(self, expression: str) -> str:
        """An expression with `${…}` in it, as the dialplan would see it."""
        return (await self.command("GET FULL VARIABLE", expression)).text or ""

    async def execute(self, application: str, arguments: str = "", *, within: float | None = None) -> Reply:
        """Run an application of the dialplan. Result -2: there is no such application."""
        reply = await self.command("EXEC", application, arguments, within=within)
        if reply.result == "-2":
            raise CommandRefused(f"Asterisk has no application {application}: is its module loaded?")
        return reply

    async def mark_done(self) -> None:
        """Tell the dialplan that the call is served: no fallback is needed when the session ends."""
        await self.set_variable(DONE, "1")
        self.finished = True

    async def finish(self) -> None:
        """The call is served: mark it done and let the dialplan end it. Never raises."""
        try:
            if not self.over and not self.finished:
                await self.mark_done()
        except (CallerLeft, PhoneFailed):
            pass  # nobody is left to fall back for, or nothing to say it with
        finally:
            self.close()

    async def lose(self) -> None:
        """The service cannot go on: say that it was there, and let the dialplan fall back. Never raises."""
        try:
            if not self.over:
                await self.set_variable(WHY, "lost")
        except (CallerLeft, PhoneFailed):
            pass  # the dialplan will think that nobody was there
        finally:
            self.close()

    def close(self) -> None:
        """Give the channel back to the dialplan."""
        self.end("closed by us")
        self._transport.close()
