"""What two sides agreed to hear and say: our offers and answers, and the sound started, moved or stopped by them."""

import secrets
from collections.abc import Callable, Sequence

from asterisk.robot import sdp
from asterisk.robot.media import Media
from asterisk.robot.sdp import Chosen, Codec, Direction

_SENDS = ("sendrecv", "sendonly")
_HEARS = ("sendrecv", "recvonly")


class Session:
    """One call's session description, through all its versions. Raises `SdpError` for what cannot be spoken."""

    def __init__(self, host: str, codecs: Sequence[Codec], media: Media, changed: Callable[[], None]) -> None:
        self._host = host
        self._codecs = tuple(codecs)
        self._media = media
        self._changed = changed
        self._id = secrets.randbits(31)
        self._version = 0
        self._agreed: Chosen | None = None
        self.direction: Direction = "sendrecv"
        """What we want: `sendonly` holds the other side."""

    @property
    def held_by_them(self) -> bool:
        return self._agreed is not None and self._agreed.direction in ("sendonly", "inactive")

    def offer(self) -> bytes:
        self._version += 1
        return sdp.offer(
            self._host,
            self._media.port,
            session=self._id,
            version=self._version,
            codecs=self._codecs,
            direction=self.direction,
        )

    def answer_to(self, offer: bytes) -> bytes:
        agreed = sdp.choose(offer, self._codecs)
        self._version += 1
        ours = _narrow(self.direction, sdp.MIRRORED[agreed.direction])
        self._settle(agreed)
        return sdp.answer(
            offer, agreed, self._host, self._media.port, session=self._id, version=self._version, ours=ours
        )

    def agree(self, answer: bytes) -> None:
        self._settle(sdp.choose(answer, self._codecs))

    def _settle(self, agreed: Chosen) -> None:
        self._agreed = agreed
        self._media.send(agreed.direction in _HEARS and self.direction in _SENDS)
        self._media.start(agreed)
        self._changed()


def _narrow(ours: Direction, theirs: Direction) -> Direction:
    """What is left when both limit the flow."""
    sends = ours in _SENDS and theirs in _SENDS
    hears = ours in _HEARS and theirs in _HEARS
    return "sendrecv" if sends and hears else "sendonly" if sends else "recvonly" if hears else "inactive"
