"""AudioSocket on paper."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.audio.protocol import BadFrame, CallId, Frame, FrameParser, HangUp, Key, frames_of

CALL = UUID("6ba7b810-9dad-41d1-80b4-00c04fd430c8")


def frame(kind: int, payload: bytes = b"") -> bytes:
    return bytes([kind]) + len(payload).to_bytes(2, "big") + payload


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (frame(0x01, CALL.bytes), CallId(CALL)),
        (frame(0x03, b"#"), Key("#")),
        (frame(0x10, b"\x01\x00" * 160), b"\x01\x00" * 160),
        (frame(0x00), HangUp()),
    ],
)
def test_frames_are_typed(data: bytes, expected: Frame) -> None:
    assert FrameParser().feed(data) == [expected]


@given(st.lists(st.integers(1, 100), max_size=40))
def test_how_the_network_cuts_the_bytes_does_not_matter(cuts: list[int]) -> None:
    stream = frame(0x01, CALL.bytes) + frame(0x10, bytes(320)) + frame(0x03, b"5") + frame(0x10, bytes(2)) + frame(0)
    parser, frames, rest = FrameParser(), list[Frame](), stream
    for cut in cuts:
        frames += parser.feed(rest[:cut])
        rest = rest[cut:]
    assert frames + parser.feed(rest) == FrameParser().feed(stream)


@given(st.binary(max_size=2000))
def test_any_bytes_end_in_frames_or_in_a_fault(data: bytes) -> None:
    try:
        frames = FrameParser().feed(data)
    except BadFrame:
        return
    assert all(isinstance(frame, CallId | Key | HangUp | bytes) for frame in frames)


@pytest.mark.parametrize(
    "data",
    [
        frame(0x10, b"odd"),
        frame(0x02, b"??"),
        frame(0x03, b""),
        frame(0x03, b"12"),
        frame(0x03, b"\xff"),
        frame(0x01, b"short"),
        frame(0x00, b"x"),
        frame(0xFF, b"\x01"),
        b"\x10\xff\xff",
        b"GET / HTTP/1.1\r\n",
    ],
)
def test_what_is_no_frame_is_found_out(data: bytes) -> None:
    with pytest.raises(BadFrame):
        FrameParser().feed(data)


@given(st.binary(max_size=2000))
def test_sound_is_cut_into_whole_frames_and_none_is_lost(pcm: bytes) -> None:
    sent = frames_of(pcm)
    assert all(len(one) == 323 and one[:3] == b"\x10\x01\x40" for one in sent)
    sound = b"".join(one[3:] for one in sent)
    assert sound[: len(pcm)] == pcm
    assert not any(sound[len(pcm) :])
    assert len(sound) - len(pcm) < 320
