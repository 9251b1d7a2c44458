"""The link to Asterisk's manager: kept up for ever, told apart from a dead one in seconds, and honest about both.

One task holds it: connect, log in, ask for the whole state, then ping; after any fault it waits a little and begins
anew. Events go to subscribers in order, a `Resync` before the first one after a connection. An action is sent once.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NoReturn, Self

import structlog

from asterisk.ami.decode import decode, garbled
from asterisk.ami.errors import (
    ActionFailed,
    ActionFate,
    ActionRefused,
    BadAction,
    LinkClosed,
    LinkDown,
    LoginRefused,
)
from asterisk.ami.events import AmiEvent, FullyBooted, Other
from asterisk.ami.message import Block, Headers, HeaderValue, Request, check_action
from asterisk.ami.orders import Orders, Reply
from asterisk.ami.present import Disconnected, Resync, SystemNow
from asterisk.ami.session import GOOD, Session
from asterisk.ami.subscription import Handler, Subscription
from asterisk.ami.terms import Manager, Patience
from ivr.clock import Clock, SystemClock

_STATE = ("channels", "queues", "bridges", "system")

_log = structlog.get_logger(__name__)


class AmiLink(Orders):
    """`async with AmiLink(Manager(…)) as link: await link.up(5)`; subscribe before, to see the first `Resync`.

    An event takes 5 KB: `most_queued` of them, for a subscriber that does not keep up, are 53 MB.
    """

    def __init__(
        self,
        manager: Manager,
        *,
        clock: Clock | None = None,
        patience: Patience | None = None,
        most_queued: int = 10_000,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._manager = manager
        self._clock = clock or SystemClock()
        self._patience = patience or Patience()
        self._most_queued = most_queued
        self._jitter = jitter
        self._login = {"Username": manager.username, "Secret": manager.secret, "Events": "on"}
        check_action("Login", self._login)
        self._subscriptions: list[Subscription] = []
        self._current: Session | None = None
        self._is_up = False
        self._waiting: set[asyncio.Future[None]] = set()
        # Set when the connection is lost or somebody needs the whole state.
        self._turn = asyncio.Event()
        self._booted = asyncio.Event()
        self._synced_at = float("-inf")
        self._started: str | None = None
        # Kinds of event that could not be read, each written down once; there are only so many that have a type.
        self._garbled: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._trouble: LinkDown | None = None

    # -- life ------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def start(self) -> None:
        """Begin to connect, and keep connected until `close`."""
        if self._closed:
            raise LinkClosed(f"the link to {self._manager.where} was closed by ourselves")
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep(), name="ami-link")

    @property
    def connected(self) -> bool:
        """Logged in, on a connection not known to be dead."""
        return self._current is not None and self._current.alive

    @property
    def trouble(self) -> LinkDown | None:
        """Why there is no link; none while there is one."""
        return None if self.connected else self._trouble

    async def up(self, seconds: float) -> None:
        """Wait for a usable link and its first `Resync`. A refused login is raised at once, as `LoginRefused`."""
        if self._is_up and self.connected:
            return
        if isinstance(self._trouble, LoginRefused | LinkClosed):
            raise self._trouble
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            why = self._trouble or f"{self._manager.where} has not answered yet"
            raise LinkDown(f"no link to Asterisk after {seconds:g} s: {why}") from self._trouble
        finally:
            self._waiting.discard(waiter)

    async def close(self) -> None:
        """End for good. Unanswered actions fail, subscribers finish what they have already been given."""
        if not self._closed:
            self._closed = True
            self._trouble = LinkClosed(f"the link to {self._manager.where} was closed by ourselves")
            self._tell_waiting(self._trouble)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        subscriptions, self._subscriptions = self._subscriptions, []
        closer = asyncio.current_task()
        await asyncio.gather(*(each.finish(self._patience.drain, closer) for each in subscriptions))

    # -- what others use -------------------------------------------------------------------------------------------

    def subscribe(self, handler: Handler, *wanted: type[AmiEvent]) -> Callable[[], None]:
        """Call `handler` with each event of the `wanted` types (and what is derived of them), in order; with no types,
        with every event. The handler may be a coroutine function: the next event waits for it, other subscribers do
        not. Whoever takes `Resync` gets one first of all. Returns what ends it."""
        subscription = Subscription(handler, wanted, most=self._most_queued, now=self._clock.now, ask=self._turn.set)
        self._subscriptions.append(subscription)
        self._turn.set()

        def unsubscribe() -> None:
            subscription.end()
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)

        return unsubscribe

    async def action(
        self, name: str, headers: Mapping[str, HeaderValue] | None = None, *, timeout: float | None = None
    ) -> Reply:
        request = self._request(name, headers or {}, listing=False)
        answer = Headers((await self._usable(name).ask(request, timeout or self._patience.action))[0])
        return Reply(
            ok=answer.get("Response") in GOOD, message=answer.get("Message", ""), headers=answer, action_id=request.id
        )

    async def list_action(
        self, name: str, headers: Mapping[str, HeaderValue] | None = None, *, timeout: float | None = None
    ) -> list[Headers]:
        request = self._request(name, headers or {}, listing=True)
        blocks = await self._usable(name).ask(request, timeout or self._patience.listing)
        first = Headers(blocks[0])
        if first.get("Response") not in GOOD:
            raise ActionRefused(name, first.get("Message", ""))
        if len(blocks) == 1:
            raise ActionRefused(name, "it does not answer this with a list")
        return [Headers(block) for block in blocks[1:-1]]

    async def state(self) -> Resync:
        """The whole state now, as a `Resync` would tell it."""
        asked = (self.channels(), self.queues(), self.bridges(), self.system())
        channels, queues, bridges, system = await asyncio.gather(*asked, return_exceptions=True)
        missing = []
        for name, answer in zip(_STATE, (channels, queues, bridges, system), strict=True):
            if isinstance(answer, ActionRefused):
                missing.append(name)
            elif isinstance(answer, BaseException):
                raise answer
        known = system if isinstance(system, SystemNow) else None
        return Resync(
            at=self._clock.now(),
            channels=channels if isinstance(channels, tuple) else (),
            queues=queues if isinstance(queues, tuple) else (),
            bridges=bridges if isinstance(bridges, tuple) else (),
            system=known,
            restarted=known is not None and self._started not in (None, known.started),
            missing=tuple(missing),
        )

    # -- actions ---------------------------------------------------------------------------------------------------

    def _request(self, name: str, headers: Mapping[str, HeaderValue], *, listing: bool) -> Request:
        check_action(name, headers)
        if name.lower() == "originate":
            asynchronous = {header.lower(): value for header, value in headers.items()}.get("async")
            if asynchronous is None:
                headers = {**headers, "Async": "true"}
            elif str(asynchronous).lower() not in ("true", "1", "yes", "on", "y", "t"):
                raise BadAction("AMI action Originate: without Async the whole link is deaf until the call is answered")
        return Request(name, headers, listing=listing)

    def _usable(self, action: str) -> Session:
        if self._current is None or not self._current.alive:
            raise ActionFailed(action, ActionFate.NOT_SENT, str(self._trouble or "the link is not up yet"))
        return self._current

    # -- what the connection tells ---------------------------------------------------------------------------------

    def event(self, block: Block) -> None:
        event = decode(Headers(block), self._clock.now())
        if isinstance(event, FullyBooted):
            self._booted.set()
            if self._is_up:
                # It was up before Asterisk was: what was asked for then may not have been there yet.
                for subscription in self._subscriptions:
                    subscription.refresh()
                self._turn.set()
        elif isinstance(event, Other) and garbled(event) and event.name.lower() not in self._garbled:
            self._garbled.add(event.name.lower())
            _log.warning("event garbled", action="ami.garbled", name=event.name, headers=sorted(event.headers))
        for subscription in tuple(self._subscriptions):
            subscription.put(event)

    def gone(self) -> None:
        self._booted.set()
        self._turn.set()

    # -- keeping it up ---------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        attempt = 0
        while True:
            began = self._clock.monotonic()
            try:
                await self._session()
            except LinkDown as error:
                trouble = error
            except Exception as error:  # noqa: BLE001
                # The link's own guard: a fault of ours must not leave the line deaf for ever.
                _log.exception("link failed", action="ami.link")
                trouble = LinkDown(f"the link to {self._manager.where} failed: {error}")
            if self._clock.monotonic() - began >= self._patience.steady:
                attempt = 0
            pause = self._pause(attempt, trouble)
            self._fell(trouble, pause)
            await self._clock.sleep(pause)
            attempt += 1

    def _pause(self, attempt: int, trouble: LinkDown) -> float:
        """How long until the next try: longer each time, and never in step with others who lost the same Asterisk."""
        patience = self._patience
        longest = min(patience.longest_retry, patience.first_retry * 2 ** min(attempt, 30))
        if isinstance(trouble, LoginRefused):
            longest = patience.refused_retry
        return float(longest * (0.5 + 0.5 * self._jitter()))

    def _fell(self, trouble: LinkDown, pause: float) -> None:
        if str(trouble) != str(self._trouble) or self._is_up:
            _log.warning("no link to Asterisk", action="ami.down", why=str(trouble), retry_seconds=round(pause, 2))
        self._trouble = trouble
        if self._is_up:
            self._is_up = False
            lost = Disconnected(at=self._clock.now(), why=str(trouble))
            for subscription in tuple(self._subscriptions):
                subscription.put(lost)
        for subscription in self._subscriptions:
            subscription.invalidate()
        if isinstance(trouble, LoginRefused):
            self._tell_waiting(trouble)

    def _tell_waiting(self, trouble: LinkDown | None) -> None:
        waiting, self._waiting = self._waiting, set()
        for waiter in waiting:
            if waiter.done():
                continue
            if trouble is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(trouble)

    async def _session(self) -> NoReturn:
        """One connection, from its beginning to its end, which is always a `LinkDown`."""
        self._booted.clear()
        for subscription in self._subscriptions:
            subscription.invalidate()
            # From the login on nothing is let go: what comes before the state is told after it.
            subscription.hold()
        async with Session(self._manager, self._login, self._patience, self._clock, self) as session:
            self._current = session
            try:
                await self._serve(session)
            except ActionFailed as error:
                raise session.why or LinkDown(f"{self._manager.where} is logged in to, but: {error}") from error
            finally:
                self._current = None

    async def _serve(self, session: Session) -> NoReturn:
        """The first state, then whatever needs one, until the connection is lost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.booting):
                await self._booted.wait()
        await self._resync()
        self._is_up = True
        self._trouble = None
        _log.info("linked to Asterisk", action="ami.up", where=self._manager.where, protocol=session.protocol)
        self._tell_waiting(None)
        while True:
            await self._turn.wait()
            self._turn.clear()
            if session.why is not None:
                raise session.why
            if any(each.wants_resync for each in self._subscriptions):
                await self._clock.sleep(max(0.0, self._synced_at + self._patience.resync - self._clock.monotonic()))
                await self._resync()

    async def _resync(self) -> None:
        """Ask for the whole state and tell it to those who need it, before anything that comes meanwhile."""
        held = [each for each in self._subscriptions if each.hold()]
        state = await self.state()
        self._synced_at = self._clock.monotonic()
        if state.system is not None:
            self._started = state.system.started
        for subscription in held:
            subscription.release(state)
