"""The robot's sound: G.711, packets in disorder, keys told many times, hearing and tones, sessions offered."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr import g711 as asr_g711
from asterisk.robot import g711, rtp, sdp
from asterisk.robot.ear import Ear
from asterisk.robot.landmark import heard_sound
from asterisk.robot.recording import Recording
from asterisk.robot.rtp import Event, Packet, Reorder, RtpError
from asterisk.robot.tones import ToneFinder, share_of_tone, silence, tone, tone_runs


@pytest.mark.parametrize("codec", ["alaw", "ulaw"])
def test_every_code_comes_back_as_itself(codec: sdp.Codec) -> None:
    codes = bytes(range(256))
    again = g711.encode(g711.decode(codes, codec), codec)
    if codec == "ulaw":  # two codes mean zero
        again = again.replace(b"\x7f", b"\xff")
        codes = codes.replace(b"\x7f", b"\xff")
    assert again == codes


@pytest.mark.parametrize("codec", ["alaw", "ulaw"])
def test_no_sample_is_changed_by_more_than_its_step(codec: sdp.Codec) -> None:
    samples = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)
    heard = g711.decode(g711.encode(samples, codec), codec).astype(np.int32)
    assert np.all(np.abs(heard - samples) <= np.maximum(8, np.abs(samples.astype(np.int32)) // 16))


def test_two_independent_tables_agree() -> None:
    codes = bytes(range(256))
    assert g711.decode(codes, "alaw").tobytes() == asr_g711.alaw_decode(codes)
    assert g711.decode(codes, "ulaw").tobytes() == asr_g711.ulaw_decode(codes)


@given(st.binary(max_size=64))
def test_no_datagram_does_worse_than_be_refused(data: bytes) -> None:
    try:
        packet = rtp.parse(data)
        rtp.parse_event(packet.payload)
    except RtpError:
        return
    assert rtp.parse(rtp.build(packet)) == packet


def test_padding_extension_and_sources_are_skipped() -> None:
    head = bytes.fromhex("b1 88 0001 00000002 00000003".replace(" ", ""))
    data = head + b"\0\0\0\x09" + b"\xbe\xde\0\x01" + b"ext!" + b"sound" + b"\0\0\x03"
    assert rtp.parse(data) == Packet(8, 1, 2, 3, b"sound", True)


def _packets(count: int, start: int = 65530) -> list[Packet]:
    return [Packet(8, start + n & 0xFFFF, n * 160, 7, bytes([n % 256])) for n in range(count)]


def test_packets_come_out_in_order_and_the_missing_are_counted() -> None:
    order = Reorder()
    sent = _packets(40)
    shuffled = [packet for n in range(0, 40, 4) for packet in (sent[n + 1], sent[n], sent[n + 3], sent[n + 2])]
    # The first of a stream says where counting starts: what was sent before it is late.
    shuffled[0], shuffled[1] = shuffled[1], shuffled[0]
    del shuffled[20]
    shuffled.insert(25, shuffled[24])
    heard = [one for n, packet in enumerate(shuffled) for one in order.push(packet, n * 0.02)]
    heard += order.flush(10.0)
    assert [one.packet.timestamp for one in heard] == sorted(one.packet.timestamp for one in heard)
    assert len(heard) == 39
    assert (order.lost, order.late + order.duplicates) == (1, 1)


@given(st.lists(st.integers(0, 60), max_size=80), st.integers(0, 65535))
def test_whatever_the_network_does_nothing_is_heard_twice_or_backwards(arrivals: list[int], start: int) -> None:
    order = Reorder()
    sent = _packets(61, start)
    heard = [one for n, which in enumerate(arrivals) for one in order.push(sent[which], n * 0.02)]
    heard += order.flush(1000.0)
    stamps = [one.packet.timestamp for one in heard]
    assert stamps == sorted(set(stamps))
    assert len(heard) + order.late + order.duplicates == order.received == len(arrivals)


def test_another_source_starts_anew() -> None:
    order = Reorder()
    heard = [one for packet in _packets(3) for one in order.push(packet, 0.0)]
    heard += order.push(Packet(8, 9, 0, 99, b""), 0.1)
    assert [one.restarted for one in heard] == [True, False, False, True]
    assert order.lost == 0


def test_a_key_survives_its_packet() -> None:
    event = Event("#", True, 800)
    assert rtp.parse_event(rtp.build_event(event)) == event
    assert rtp.parse_event(b"\x10\x80\x03\x20") is None
    with pytest.raises(RtpError):
        rtp.parse_event(b"\x01")


def test_runs_of_sound_are_joined_over_short_pauses_only() -> None:
    ear = Ear(patience=0.3)
    ear.feed(tone(440, 0.2), 1.0)
    ear.feed(silence(0.2), 1.2)
    ear.feed(tone(440, 0.2), 1.4)
    ear.feed(tone(440, 0.2), 2.0)
    assert [(round(run.start, 3), round(run.end, 3)) for run in ear.runs] == [(1.0, 1.6), (2.0, 2.2)]
    assert ear.run_after(1.0, at_least=0.1) is ear.runs[0]
    assert ear.run_after(1.0, at_least=0.1, fresh=True) is ear.runs[1]
    assert ear.run_after(1.7, at_least=0.3) is None


def test_quiet_noise_is_no_sound() -> None:
    ear = Ear()
    noise = np.random.default_rng(1).normal(0, 60, 8000).astype(np.int16)
    ear.feed(noise, 0.0)
    assert not ear.runs


@given(st.sampled_from([350, 440, 620, 700, 900, 1400]), st.integers(0, 400))
def test_a_tone_is_found_where_it_begins_and_no_other_is(hz: int, before: int) -> None:
    recording = Recording()
    sound = np.concatenate([silence(0.2 + before / 8000), tone(hz, 0.2)])
    for at in range(0, len(sound), 160):
        recording.add(sound[at : at + 160], 100.0 + at / 8000)
    found = ToneFinder(recording, hz, since=100.0).find()
    assert found is not None
    assert abs(found - 100.2 - before / 8000) <= 0.006
    assert ToneFinder(recording, hz + 150, since=100.0).find() is None
    assert share_of_tone(silence(0.1), hz) == 0.0


def test_a_tone_between_other_sounds_is_as_long_as_it_was() -> None:
    recording = Recording()
    music = (tone(330, 2.0, dbfs=-18) + tone(523, 2.0, dbfs=-18)).astype(np.int16)
    for place, sound in enumerate((music, tone(800, 1.0), music, tone(800, 0.5), music)):
        recording.add(sound, (0.0, 2.0, 3.0, 5.0, 5.5)[place])
    found = tone_runs(recording, 800, patience=0.3)
    assert [(round(start, 2), round(end, 2)) for start, end in found] == [(2.0, 3.0), (5.0, 5.5)]
    assert found == [pytest.approx(run, abs=0.004) for run in ((2.0, 3.0), (5.0, 5.5))]


def test_a_prompt_is_found_to_the_sample_though_music_follows_it() -> None:
    noise = np.random.default_rng(7)
    prompt = noise.normal(0, 3000, 12_000).astype(np.int16)
    recording = Recording()
    heard = g711.decode(g711.encode(np.concatenate((silence(0.3), prompt, tone(440, 2.0))), "alaw"), "alaw")
    recording.add(heard, 100.0)
    assert heard_sound(recording, prompt) == pytest.approx((100.3, 101.8), abs=1e-3)
    assert heard_sound(recording, noise.normal(0, 3000, 12_000).astype(np.int16)) is None
    assert heard_sound(Recording(), prompt) is None


def test_every_sample_of_a_recording_has_its_instant() -> None:
    recording = Recording(most_seconds=1.0)
    recording.add(silence(0.02), 10.0)
    recording.gap(160)
    recording.add(silence(0.02), 10.05)
    assert recording.instant_of(80) == pytest.approx(10.01)
    assert recording.instant_of(320) == pytest.approx(10.05)
    assert recording.sample_at(10.05) == 320
    assert recording.sample_at(0.0) == 0
    recording.gap(100_000)
    recording.add(silence(0.02), 20.0)
    assert recording.seconds == 1.0


OFFER = sdp.offer("127.0.0.1", 4000, session=1, version=1, codecs=("alaw", "ulaw"), direction="sendrecv")


def test_an_offer_is_answered_with_its_first_codec_that_is_ours() -> None:
    chosen = sdp.choose(OFFER, ("ulaw",))
    assert (chosen.host, chosen.port, chosen.codec, chosen.payload, chosen.events) == (
        "127.0.0.1", 4000, "ulaw", 0, 101,
    )  # fmt: skip
    answer = sdp.answer(OFFER, chosen, "127.0.0.2", 5000, session=2, version=1, ours="sendrecv")
    assert sdp.choose(answer).port == 5000
    assert [media.formats for media in sdp.read(answer)] == [("0", "101")]


def test_other_streams_are_refused_and_hold_is_seen() -> None:
    body = (
        b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\na=sendonly\r\n"
        b"m=video 9 RTP/AVP 96\r\nm=audio 4000 RTP/AVP 96 111 8\r\nc=IN IP4 10.0.0.2\r\n"
        b"a=rtpmap:96 opus/48000/2\r\na=rtpmap:111 telephone-event/8000\r\n"
    )
    chosen = sdp.choose(body)
    assert (chosen.host, chosen.payload, chosen.events, chosen.direction, chosen.place) == (
        "10.0.0.2", 8, 111, "sendonly", 1,
    )  # fmt: skip
    answer = sdp.answer(body, chosen, "127.0.0.1", 5000, session=1, version=1, ours="recvonly")
    assert [(media.kind, media.port) for media in sdp.read(answer)] == [("video", 0), ("audio", 5000)]
    assert sdp.choose(body.replace(b"10.0.0.2", b"0.0.0.0")).direction == "inactive"


@pytest.mark.parametrize(
    "body", [b"", b"m=audio 9", b"m=audio x RTP/AVP 8", OFFER.replace(b"RTP/AVP", b"RTP/SAVP"), b"m=a 1 b c\r\n" * 20]
)
def test_what_cannot_be_spoken_is_refused(body: bytes) -> None:
    with pytest.raises(sdp.SdpError):
        sdp.choose(body)


@given(st.data())
def test_no_damaged_session_does_worse_than_be_refused(data: st.DataObject) -> None:
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    damaged = bytearray(OFFER)
    for _ in range(rng.randint(1, 8)):
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    try:
        chosen = sdp.choose(bytes(damaged))
    except sdp.SdpError:
        return
    sdp.answer(bytes(damaged), chosen, "127.0.0.1", 5000, session=1, version=1, ours="sendrecv")
