"""A robot's call: what a test or a scenario does with it, hears in it and measures of it.

Every wait takes a time limit and ends with `CallOver` when the call ends first, with `TooLate` when the time is up.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from asr.audio import read_wav
from asterisk.robot.address import NameAddr, SipError, Uri, escape
from asterisk.robot.ear import Run
from asterisk.robot.errors import CallEnd, CallOver, CallRefused, NotPossible, TooLate, TransferRefused
from asterisk.robot.g711 import RATE, Pcm, pcm_of
from asterisk.robot.leg import Leg
from asterisk.robot.line import Line
from asterisk.robot.media import Media, Playing
from asterisk.robot.recording import Recording
from asterisk.robot.rtp import KEYS
from asterisk.robot.sdp import Codec, Direction, SdpError
from asterisk.robot.session import Session
from asterisk.robot.sip import Request
from asterisk.robot.times import Instant, KeyHeard, KeySent
from asterisk.robot.tones import ToneFinder
from asterisk.robot.transfer import Transfer
from ivr.clock import Clock

T = TypeVar("T")


class CallState(StrEnum):
    CALLING = "calling"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(slots=True)
class CallTimes:
    """The instants of a call, as far as they have come."""

    invited: Instant
    ringing: Instant | None = None
    answered: Instant | None = None
    ended: Instant | None = None
    keys: list[KeySent] = field(default_factory=list)
    first_sound: Instant | None = None
    last_sound: Instant | None = None


class Call:
    """Made by `RobotPhone.dial` and `RobotPhone.incoming`."""

    def __init__(self, line: Line, clock: Clock, host: str, codecs: Sequence[Codec], record_seconds: float) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._waiters: set[asyncio.Future[None]] = set()
        self._media = Media(host, clock, changed=self._changed, record_seconds=record_seconds)
        self._session = Session(host, codecs, self._media, self._changed)
        self.leg = Leg(line, self, self._session)
        self._times = CallTimes(Instant.now(clock))

    # what it is

    @property
    def state(self) -> CallState:
        if self.leg.end is not None:
            return CallState.ENDED
        if self.leg.answered:
            return CallState.ANSWERED
        return CallState.RINGING if self._times.ringing is not None else CallState.CALLING

    @property
    def end(self) -> CallEnd | None:
        return self.leg.end

    @property
    def invite(self) -> Request:
        """The INVITE that opened it; an operator's screen is in its headers."""
        assert self.leg.invite is not None
        return self.leg.invite

    @property
    def caller(self) -> str:
        """The number in From."""
        try:
            return Uri.parse(self.invite.sender.uri).user
        except SipError:
            return ""

    @property
    def caller_name(self) -> str:
        return self.invite.sender.name

    @property
    def held_by_them(self) -> bool:
        return self._session.held_by_them

    @property
    def times(self) -> CallTimes:
        runs = self._media.ear.runs
        if runs:
            self._times.first_sound = Instant.at(runs[0].start, self._clock)
            self._times.last_sound = Instant.at(runs[-1].end, self._clock)
        return self._times

    @property
    def runs(self) -> Sequence[Run]:
        """Where there was sound in what was heard, so far."""
        return self._media.ear.runs

    @property
    def recording(self) -> Recording:
        return self._media.recording

    @property
    def record(self) -> Pcm:
        return self._media.recording.pcm()

    @property
    def keys_heard(self) -> Sequence[KeyHeard]:
        return self._media.keys.heard

    @property
    def sound_port(self) -> int:
        """Where it hears."""
        return self._media.port

    @property
    def packets(self) -> dict[str, int]:
        """Counts of RTP packets: sent, received, lost, late, duplicates, foreign, slips of the sending clock."""
        order, counts = self._media.order, self._media.counts
        return {
            "sent": counts.sent,
            "received": order.received,
            "lost": order.lost,
            "late": order.late,
            "duplicates": order.duplicates,
            "foreign": counts.foreign,
            "slips": counts.slips,
        }

    # being called

    async def accept(self) -> None:
        """Pick up."""
        self._must_ring()
        try:
            self.leg.accept()
        except SdpError as error:
            self.leg.reject(488)
            raise NotPossible(f"the call cannot be accepted: {error}") from error

    async def reject(self, status: int = 486) -> None:
        self._must_ring()
        self.leg.reject(status)

    async def progress(self) -> None:
        """Sound before the answer: 183 with our session."""
        self._must_ring()
        try:
            self.leg.progress(183, self._session.answer_to(self.invite.body))
        except SdpError as error:
            raise NotPossible(f"no sound before the answer: {error}") from error

    def _must_ring(self) -> None:
        if self.end is not None:
            raise CallOver("picking up", self.end)
        if self.leg.answered or not self.leg.incoming:
            raise NotPossible("only a call that rings here can be picked up or refused")

    # waiting

    async def ringing(self, within: float = 10.0) -> Instant:
        return await self._until(lambda: self._times.ringing or self._times.answered, within, "ringing")

    async def answered(self, within: float = 10.0) -> Instant:
        try:
            return await self._until(lambda: self._times.answered, within, "the answer")
        except CallOver as over:
            raise CallRefused("the answer", over.end) from None

    async def ended(self, within: float = 10.0) -> CallEnd:
        try:
            return await self._until(lambda: self.end, within, "the end of the call")
        except CallOver as over:
            return over.end

    async def heard_speech(
        self, within: float = 10.0, *, since: float | None = None, fresh: bool = False, at_least: float = 0.06
    ) -> Run:
        """Sound that is heard after `since` (now); with `fresh` only sound that starts after it."""
        start = self._clock.monotonic() if since is None else since
        return await self._until(
            lambda: self._media.ear.run_after(start, at_least=at_least, fresh=fresh), within, "hearing something"
        )

    async def heard_silence(self, seconds: float, within: float = 30.0, *, since: float | None = None) -> Instant:
        """No sound for so long, counted from `since` (now); the instant at which it was enough."""
        start = self._clock.monotonic() if since is None else since

        def quiet() -> Instant | None:
            enough = max(start, self._media.ear.last_loud or 0.0) + seconds
            return Instant.at(enough, self._clock) if self._clock.monotonic() >= enough else None

        return await self._until(quiet, within, f"{seconds:g} s of silence")

    async def heard_tone(
        self, hz: float, within: float = 10.0, *, since: float | None = None, share: float = 0.6
    ) -> Instant:
        """A tone of that frequency; the instant at which it began. `share`: of all that is heard, be it several."""
        start = self._clock.monotonic() if since is None else since
        finder = ToneFinder(self._media.recording, hz, since=start, share=share)
        at = await self._until(finder.find, within, f"a tone of {hz:g} Hz")
        return Instant.at(at, self._clock)

    async def heard_keys(self, count: int, within: float = 10.0) -> str:
        """So many keys in all since the call began."""

        def enough() -> str | None:
            heard = "".join(one.key for one in self._media.keys.heard)
            return heard if len(heard) >= count else None

        return await self._until(enough, within, f"{count} keys")

    async def held(self, within: float = 10.0, *, by_them: bool = True) -> None:
        """The other side holds us (or, with `by_them=False`, talks again)."""
        await self._until(lambda: True if self.held_by_them is by_them else None, within, "being held")

    async def _until(self, ready: Callable[[], T | None], within: float, what: str) -> T:
        limit = self._clock.monotonic() + within
        while True:
            found = ready()
            if found is not None:
                return found
            if self.end is not None:
                raise CallOver(what, self.end)
            left = limit - self._clock.monotonic()
            if left <= 0:
                raise TooLate(what, within)
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._waiters.add(waiter)
            try:
                # Also without any packet the time goes on: silence is heard, limits are reached.
                await asyncio.wait((waiter,), timeout=min(left, 0.05))
            finally:
                self._waiters.discard(waiter)
                waiter.cancel()

    def _changed(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    # doing

    def play(self, sound: Pcm | Path) -> Playing:
        """Say this after whatever is being said; returns at once."""
        if isinstance(sound, Path):
            sound = pcm_of(read_wav(sound).at(RATE).pcm())
        return self._media.play(sound)

    def mute(self, muted: bool = True) -> None:
        """Stop sending sound altogether, not even silence, as some telephones do; keys still go out."""
        self._media.muted = muted

    def echo(self, db: float | None, *, delay: float = 0.06) -> None:
        """Give back what is heard, as a bad line or a loudspeaker does: at -20 dB, say, and so late. None: no more."""
        self._media.echo(db, delay)

    async def press(self, keys: str, *, seconds: float = 0.1, gap: float = 0.08) -> tuple[KeySent, ...]:
        """Press keys one after another (RFC 4733); returns when the last is up."""
        wrong = [key for key in keys if key not in KEYS]
        if wrong or not keys:
            raise NotPossible(f"not keys of a telephone: {keys!r}")
        if self.end is not None:
            raise CallOver(f"pressing {keys!r}", self.end)
        if self.state is not CallState.ANSWERED:
            raise NotPossible("keys can be pressed only in an answered call")
        pressed = [self._media.press(key, seconds=seconds, gap=gap) for key in keys]
        sent: list[KeySent] = []
        try:
            for one in pressed:
                key = await one
                if key is None:
                    raise CallOver(f"pressing {keys!r}", self.end or CallEnd(True, 200, "OK"))
                sent.append(key)
                self._times.keys.append(key)
        finally:
            for one in pressed:
                one.cancel()
        return tuple(sent)

    async def hang_up(self, within: float = 4.0) -> CallEnd:
        """BYE, CANCEL or 480, as the state asks; returns once the other side knows, or after `within`."""
        asked = self.leg.hang_up()
        if asked is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asked.over(), within)
        elif self.end is None:
            with contextlib.suppress(TooLate):
                return await self.ended(within)
            self.leg.give_up()
        assert self.end is not None
        return self.end

    async def hold(self) -> None:
        await self._renegotiate("sendonly")

    async def resume(self) -> None:
        await self._renegotiate("sendrecv")

    async def _renegotiate(self, direction: Direction) -> None:
        before, self._session.direction = self._session.direction, direction
        done: asyncio.Future[tuple[int, str]] = self._loop.create_future()
        self.leg.reinvite(lambda status, reason: None if done.done() else done.set_result((status, reason)))
        status, reason = await done
        if status >= 300:
            self._session.direction = before
            raise NotPossible(f"the other side refused the change: {status} {reason}")

    async def refer(self, target: str) -> Transfer:
        """Ask the other side to call `target` instead of us; returns once it agreed to try."""
        sender = self.leg.dialog.local.uri if self.leg.dialog is not None else ""
        done: asyncio.Future[tuple[int, str]] = self._loop.create_future()
        transfer = self.leg.refer(
            target, sender, lambda status, reason: None if done.done() else done.set_result((status, reason))
        )
        status, reason = await done
        if status >= 300:
            raise TransferRefused(status, reason)
        return transfer

    async def transferred(self, within: float = 10.0) -> Transfer:
        """How a transfer ended, as the other side tells (200, 486…); a call that ends first leaves it as it was."""
        transfer = self.leg.transfer
        if transfer is None:
            raise NotPossible("no transfer was asked for")
        try:
            return await self._until(lambda: transfer if transfer.over else None, within, "the end of the transfer")
        except CallOver:
            return transfer

    async def refer_replaces(self, other: "Call") -> Transfer:
        """Connect the other sides of two of our calls with each other (REFER with Replaces)."""
        dialog = other.leg.dialog
        if dialog is None or not other.leg.answered:
            raise NotPossible("the other call is not answered")
        target = Uri.parse(dialog.contact).bare()
        return await self.refer(f"{target}?Replaces={escape(dialog.replaces())}")

    def close(self) -> None:
        """Let go of the sound; the recording stays."""
        self._media.close()
        self._changed()

    # what the leg tells (LegEvents)

    def on_ringing(self, status: int) -> None:
        if self._times.ringing is None and status in (180, 183):
            self._times.ringing = Instant.now(self._clock)
        self._changed()

    def on_answered(self) -> None:
        self._times.answered = Instant.now(self._clock)
        self._changed()

    def on_ended(self, end: CallEnd) -> None:
        self._times.ended = Instant.now(self._clock)
        self.close()

    def on_info(self, request: Request) -> None:
        """Keys by SIP INFO (application/dtmf-relay), from peers that cannot do better."""
        self._media.keys.told(request.body)


def caller_of(number: str | None, name: str, host: str, port: int, user: str) -> NameAddr:
    """The From of a call: a number, our own name, or nobody when `number` is empty."""
    if number == "":
        return NameAddr("sip:anonymous@anonymous.invalid", "Anonymous")
    return NameAddr(str(Uri(user=number or user, host=host, port=port)), name)
