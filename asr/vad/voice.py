"""Whether somebody speaks, frame by frame: the gate listens always, the network only to what the gate lets through.

After a silence the network forgets and is shown the last moments before the gate opened, so that it knows the line.
"""

from collections import deque

import numpy as np

from asr.vad.gate import VoiceGate
from asr.vad.network import CHUNK, Memory, Network

SURE = 0.5
"""The network's opinion from which a voice has begun."""
DOUBT = 0.3
"""Below it the voice pauses; between the two it goes on if it did."""
_BEFORE = 6
"""Frames shown to the network from before the gate opened (0.12 s)."""
_HANGOVER = 4
"""Steps of the network without a voice (0.13 s) that are bridged: plosives, breaths between syllables."""
_NOISE_DB, _MOST_GAIN_DB = -52.0, 20.0
"""A quiet line is shown louder, until its noise is as loud as this: the network knows few voices that are so quiet."""


class VoiceFinder:
    """One call's. Without a network it is the gate alone."""

    def __init__(self, network: Network | None = None, gate: VoiceGate | None = None) -> None:
        self.gate = gate or VoiceGate()
        self.open = False
        """Whether the gate lets the sound through: something is heard, be it a voice or not."""
        self.voice = 0.0
        """How likely the last steps held a voice; 0 while the gate is closed."""
        self._network = network
        self._memory = Memory()
        self._before: deque[bytes] = deque(maxlen=_BEFORE)
        self._unseen = b""
        self._speaks_for = 0

    def process(self, frame: bytes) -> bool:
        """Whether there is a voice in (or just before) these 20 ms of signed 16-bit sound at 8 kHz."""
        was_open, self.open = self.open, self.gate.process(frame)
        if self._network is None:
            self.voice = float(self.open)
            return self.open
        if not self.open:
            self.voice, self._speaks_for = 0.0, 0
            self._before.append(frame)
            return False
        if not was_open:
            self._memory = Memory()
            self._unseen = b"".join(self._before)
            self._before.clear()
        self._unseen += frame
        if len(self._unseen) >= 2 * CHUNK:
            self._look(self._network)
        return self._speaks_for > 0

    def _look(self, network: Network) -> None:
        whole = len(self._unseen) // (2 * CHUNK) * 2 * CHUNK
        sound = np.frombuffer(self._unseen[:whole], dtype="<i2").astype(np.float32)
        self._unseen = self._unseen[whole:]
        gain_db = min(max(_NOISE_DB - self.gate.noise_db, 0.0), _MOST_GAIN_DB)
        sound *= 10 ** (gain_db / 20) / 32768
        at = 0
        while at < len(sound):
            self.voice = network.voice(sound[at : at + CHUNK], self._memory)
            at += CHUNK
            if self.voice >= SURE or (self.voice >= DOUBT and self._speaks_for):
                self._speaks_for = _HANGOVER
            elif self._speaks_for:
                self._speaks_for -= 1
