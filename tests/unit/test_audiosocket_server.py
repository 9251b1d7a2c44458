"""The AudioSocket server over real sockets of loopback: sound both ways, keys, and everybody who is not Asterisk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from asterisk.audio.leg import AudioLeg, LegEnded
from asterisk.audio.protocol import FRAME_BYTES, LegEnd
from asterisk.audio.server import AudioLimits, AudioServer

SECONDS = 10.0


def frame(kind: int, payload: bytes = b"") -> bytes:
    return bytes([kind]) + len(payload).to_bytes(2, "big") + payload


def sound(value: int) -> bytes:
    return frame(0x10, value.to_bytes(2, "little") * 160)


class Asterisk:
    """The other end of the sound, played by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, *frames: bytes) -> None:
        self.writer.write(b"".join(frames))

    async def frame(self) -> tuple[int, bytes]:
        """The next frame; kind -1 once the server has closed."""
        try:
            async with asyncio.timeout(SECONDS):
                header = await self.reader.readexactly(3)
                return header[0], await self.reader.readexactly(int.from_bytes(header[1:], "big"))
        except (asyncio.IncompleteReadError, ConnectionError):
            return -1, b""

    async def loud(self) -> bytes:
        """The next frame that is not silence."""
        while True:
            kind, payload = await self.frame()
            if kind != 0x10 or any(payload):
                return payload

    async def closed(self) -> bool:
        while (await self.frame())[0] != -1:
            pass
        return True


@asynccontextmanager
async def serving(limits: AudioLimits | None = None) -> AsyncIterator[AudioServer]:
    server = AudioServer("127.0.0.1", 0, limits)
    await server.start()
    try:
        yield server
    finally:
        await server.close()


@asynccontextmanager
async def connected(server: AudioServer, call: UUID | None = None) -> AsyncIterator[Asterisk]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    asterisk = Asterisk(reader, writer)
    if call is not None:
        asterisk.send(frame(0x01, call.bytes))
    try:
        yield asterisk
    finally:
        writer.transport.abort()


@asynccontextmanager
async def talking(limits: AudioLimits | None = None) -> AsyncIterator[tuple[AudioServer, AudioLeg, Asterisk]]:
    async with serving(limits) as server:
        leg = server.expect()
        async with connected(server, leg.id) as asterisk:
            assert (await asterisk.frame())[0] == 0x10
            yield server, leg, asterisk


async def the_end(leg: AudioLeg) -> LegEnd:
    """Take what is left of a leg and say why it ended."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                await leg.hear()
            except LegEnded as ended:
                return ended.why


async def test_silence_is_sent_at_once_and_all_the_while() -> None:
    async with serving() as server:
        leg = server.expect()
        async with connected(server, leg.id) as asterisk:
            for _ in range(10):
                assert await asterisk.frame() == (0x10, bytes(FRAME_BYTES))


async def test_what_is_played_arrives_whole_in_order_and_in_time() -> None:
    async with talking() as (_, leg, asterisk):
        began = asyncio.get_running_loop().time()
        for value in range(1, 11):
            leg.play(value.to_bytes(2, "little") * 160)
        heard = [await asterisk.loud() for _ in range(10)]
        took = asyncio.get_running_loop().time() - began
        assert [payload[0] for payload in heard] == list(range(1, 11))
        assert took > 0.12  # paced, not poured out; a loaded machine may catch up a little
        assert not leg.playing


async def test_a_flush_leaves_nothing_to_be_heard() -> None:
    async with talking() as (_, leg, asterisk):
        leg.play(b"\x01\x00" * 8000)
        await asterisk.loud()
        left = leg.flush()
        assert 0 < left < 1
        leg.play(b"\x02\x00" * 160)
        while (await asterisk.loud())[0] != 2:
            pass  # what was on its way
        assert not leg.playing


async def test_a_paused_prompt_goes_on_where_it_stopped() -> None:
    async with talking() as (_, leg, asterisk):
        leg.paused = True
        leg.play(b"\x07\x00" * 160)
        for _ in range(5):
            assert not any((await asterisk.frame())[1])
        leg.paused = False
        assert (await asterisk.loud())[0] == 7


async def test_voice_and_keys_are_heard() -> None:
    async with talking() as (_, leg, asterisk):
        asterisk.send(sound(1), sound(2), frame(0x03, b"5"))
        heard = await leg.hear()
        assert heard.keys == "5"
        assert [one[0] for one in heard.frames if any(one)] == [1, 2]


async def test_a_telephone_that_sends_nothing_in_silence_is_heard_as_silence() -> None:
    async with talking() as (_, leg, _asterisk):
        heard = await asyncio.wait_for(leg.hear(), SECONDS)
        assert heard.frames
        assert not any(b"".join(heard.frames))


async def test_a_listener_who_is_late_loses_the_oldest_and_it_is_counted() -> None:
    async with talking() as (_, leg, asterisk):
        asterisk.send(*[sound(1)] * 600, frame(0x00))
        await asterisk.closed()
        assert leg.dropped == 100
        heard = await leg.hear()
        assert len(heard.frames) == 500


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ([frame(0x00)], LegEnd.HUNG_UP),
        ([frame(0x42, b"x")], LegEnd.BAD_FRAME),
        ([frame(0x01, uuid4().bytes)], LegEnd.BAD_FRAME),
        ([b"\x10\xff\xff"], LegEnd.BAD_FRAME),
        ([frame(0xFF, b"\x01")], LegEnd.BAD_FRAME),
        ([sound(1)] * 2000, LegEnd.FLOOD),
    ],
)
async def test_every_end_has_its_reason(sent: list[bytes], why: LegEnd) -> None:
    with capture_logs():
        async with talking() as (_, leg, asterisk):
            asterisk.send(*sent)
            assert await the_end(leg) is why
            assert await asterisk.closed()


async def test_what_was_heard_before_the_end_is_not_lost() -> None:
    async with talking() as (_, leg, asterisk):
        asterisk.send(sound(9), frame(0x00))
        await asterisk.closed()
        assert (await leg.hear()).frames[-1][0] == 9
        with pytest.raises(LegEnded):
            await leg.hear()


async def test_asterisk_that_closes_ends_the_leg() -> None:
    async with talking() as (_, leg, asterisk):
        asterisk.writer.close()
        assert await the_end(leg) is LegEnd.CLOSED


async def test_we_end_the_sound_with_a_hang_up_and_the_call_goes_on() -> None:
    async with talking() as (server, leg, asterisk):
        server.forget(leg)
        kind = 0x10
        while kind == 0x10:
            kind, _ = await asterisk.frame()
        assert kind == 0x00
        assert await the_end(leg) is LegEnd.ENDED


async def test_an_asterisk_that_takes_no_sound_is_given_up() -> None:
    with capture_logs():
        async with talking(AudioLimits(unsent_bytes=4000, stalled_seconds=0.1)) as (_, leg, asterisk):
            asterisk.reader._transport.pause_reading()  # type: ignore[attr-defined]
            leg._transport.write(bytes(8_000_000))  # type: ignore[union-attr]  # fill what the kernel would take
            assert await the_end(leg) is LegEnd.STALLED


async def test_asterisk_that_never_connects_is_not_waited_for() -> None:
    async with serving(AudioLimits(connect_seconds=0.05)) as server:
        assert await the_end(server.expect()) is LegEnd.NOT_CONNECTED


async def test_stopping_ends_every_leg() -> None:
    async with talking() as (server, leg, _asterisk):
        waiting = server.expect()
        await server.close()
        assert await the_end(leg) is LegEnd.STOPPED
        assert await the_end(waiting) is LegEnd.STOPPED


STRANGER = frame(0x01, bytes(range(16)))  # a call that nobody expects


@pytest.mark.parametrize("opening", [b"", b"GET / HTTP/1.1\r\n\r\n", sound(1), STRANGER])
async def test_strangers_are_closed_and_the_call_does_not_notice(opening: bytes) -> None:
    with capture_logs():
        async with talking(AudioLimits(id_seconds=0.1)) as (server, leg, asterisk):
            async with connected(server) as stranger:
                stranger.send(opening)
                assert await stranger.closed()
            asterisk.send(sound(3))
            while not any(b"".join((await asyncio.wait_for(leg.hear(), SECONDS)).frames)):
                pass


async def test_idle_connections_push_each_other_out_and_never_a_call() -> None:
    with capture_logs():
        async with talking(AudioLimits(strangers=5)) as (server, leg, asterisk):
            idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(50)]
            leg.play(b"\x05\x00" * 160)
            assert (await asterisk.loud())[0] == 5
            for _, writer in idle:
                writer.transport.abort()


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=600), st.booleans())
def test_whatever_is_sent_the_next_leg_is_served(data: bytes, named: bool) -> None:
    async def attack() -> None:
        async with serving() as server:
            bad = server.expect()
            async with connected(server, bad.id if named else None) as stranger:
                stranger.send(data)
                good = server.expect()
                async with connected(server, good.id) as asterisk:
                    good.play(b"\x05\x00" * 160)
                    assert (await asterisk.loud())[0] == 5

    with capture_logs() as logs:
        asyncio.run(attack())
    assert not [entry for entry in logs if entry["log_level"] == "error"]
