"""Whether somebody speaks, frame by frame: the gate listens always, the network only to what the gate lets through.

After a silence the network forgets and is shown the last moments before the gate opened, so that it knows the line.
"""

from collections import deque

import numpy as np

from asr.vad.gate import VoiceGate
from asr.vad.network import CHUNK, Floats, Memory, Network

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
        self._before: deque[Floats] = deque(maxlen=_BEFORE)
        self._unseen: list[Floats] = []
        self._unseen_samples = 0
        self._speaks_for = 0

    def process(self, frame: bytes) -> bool:
        """Whether there is a voice in (or just before) these 20 ms of signed 16-bit sound at 8 kHz."""
        was_open, self.open = self.open, self.gate.process(frame)
        if self._network is None:
            self.voice = float(self.open)
            return self.open
        samples = np.frombuffer(frame, dtype="<i2").astype(np.float32)
        gain_db = min(max(_NOISE_DB - self.gate.noise_db, 0.0), _MOST_GAIN_DB)
        samples *= 10 ** (gain_db / 20) / 32768
        if not self.open:
            self.voice, self._speaks_for = 0.0, 0
            self._before.append(samples)
            return False
        if not was_open:
            self._memory = Memory()
            self._unseen = [*self._before]
            self._unseen_samples = sum(map(len, self._unseen))
            self._before.clear()
        self._unseen.append(samples)
        self._unseen_samples += len(samples)
        if self._unseen_samples >= CHUNK:
            self._look(self._network)
        return self._speaks_for > 0

    def _look(self, network: Network) -> None:
        sound = np.concatenate(self._unseen)
        at = 0
        while at + CHUNK <= len(sound):
            self.voice = network.voice(sound[at : at + CHUNK], self._memory)
            at += CHUNK
            if self.voice >= SURE or (self.voice >= DOUBT and self._speaks_for):
                self._speaks_for = _HANGOVER
            elif self._speaks_for:
                self._speaks_for -= 1
        self._unseen = [sound[at:]]
        self._unseen_samples = len(sound) - at
