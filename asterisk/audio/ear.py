"""Asking aloud and hearing the answer: the prompt goes out and the caller's voice comes in at once, over AudioSocket.

Whichever comes first decides: a key stops the prompt and makes it an answer by keys; a voice pauses the prompt, words
stop it, and the question's own rule says when the answer is over.
"""

import asyncio

import structlog

from asr.ear import Ear, Keep
from asr.endpoint import Decision, Rule
from asr.recognizer import Hearing, Hints, RecognitionFailed, Recognizer
from asr.vad.network import Network, NetworkBroken, network
from asr.vad.voice import VoiceFinder
from asterisk.agi.protocol import Reply
from asterisk.agi.session import AgiSession
from asterisk.audio.bargein import FALSE_ALARMS, LOUD_ENOUGH, Bargein, BargeinRule, Prompt
from asterisk.audio.echo import Echo
from asterisk.audio.leg import AudioLeg, LegEnded
from asterisk.audio.leg import Heard as FromLine
from asterisk.audio.protocol import FRAME_SECONDS, LegEnd
from asterisk.audio.server import AudioServer
from asterisk.audio.sounds import Sounds
from ivr.call.keys import KeyEntry
from ivr.call.phone import CannotHear, Heard, PhoneFailed, Pressed, Said, Silence, SpeechWanted, Utterance, Word

log = structlog.get_logger(__name__)

STRAY_SECONDS = 2.0
"""Silence after a voice without words broke our prompt off: nobody heard the question, so it is asked again."""
_RETURN_SECONDS = 5.0
"""For Asterisk to come back from AudioSocket once the sound has ended."""


class Ears:
    """What all calls share: the server of sound, the recogniser, the finder of voices, the files already read."""

    def __init__(self, server: AudioServer, recognizer: Recognizer, sounds: Sounds | None = None) -> None:
        self.server = server
        self.recognizer = recognizer
        self.sounds = sounds or Sounds()
        self.network: Network | None = None
        try:
            self.network = network()
        except NetworkBroken as error:
            log.error("voices are told by their loudness alone", action="ear.no_network", error=str(error))

    def for_call(self, keep: Keep | None = None) -> "CallEar":
        """`keep` is given the sound and the words of each answer in which something was decoded."""
        return CallEar(self, keep)


class CallEar:
    """One call's ear; what it learns of the line's noise and echo it keeps from question to question."""

    def __init__(self, ears: Ears, keep: Keep | None = None) -> None:
        self._ears = ears
        self._keep = keep
        self._voice = VoiceFinder(ears.network)
        self._echo = Echo()
        self._rule = BargeinRule() if ears.network is not None else LOUD_ENOUGH
        self._false_alarms = 0

    @property
    def noisy(self) -> bool:
        """Something that is no caller broke our prompts off: from now on only keys do."""
        return self._false_alarms >= FALSE_ALARMS

    async def play_and_listen(
        self, session: AgiSession, utterance: Utterance | None, wanted: SpeechWanted, entry: KeyEntry | None
    ) -> Heard:
        """Raises BadAudio when a rendered file cannot be read."""
        ears = self._ears
        pcm = await ears.sounds.pcm(utterance.files) if utterance is not None else b""
        rule = Rule(
            first=wanted.first_seconds,
            end=wanted.end_seconds,
            end_complete=wanted.end_complete_seconds,
            longest=wanted.longest_seconds,
        )
        hints = Hints(wanted.grammar, wanted.phrases)
        try:
            ear = await Ear.open(
                ears.recognizer, hints, rule, wanted.complete, voice=self._voice, keeps=self._keep is not None
            )
        except RecognitionFailed as failure:
            return CannotHear(str(failure))
        async with ear:
            leg = ears.server.expect()
            arguments = f"{leg.id},{ears.server.host}:{ears.server.port}"
            running = asyncio.ensure_future(session.execute("AudioSocket", arguments))
            running.add_done_callback(lambda done: _after(done, leg))
            try:
                leg.play(pcm)
                heard = await self._answer(leg, ear, entry, wanted.key)
                ears.server.forget(leg)
                await _returned(running)
            except (LegEnded, RecognitionFailed) as failure:
                ears.server.forget(leg)
                await _returned(running)
                running.result()  # a caller who left is told here
                log.warning("a caller cannot be heard", action="ear.failed", call=session.call, why=str(failure))
                return CannotHear(str(failure))
            finally:
                ears.server.forget(leg)
                running.cancel()
            return heard

    async def _answer(self, leg: AudioLeg, ear: Ear, entry: KeyEntry | None, key: str) -> Heard:
        bargein, stray = Bargein(self._rule), 0.0
        while True:
            heard = await leg.hear()
            if entry is not None and heard.keys:
                for pressed in heard.keys:
                    entry.press(pressed)
                if entry.touched:
                    leg.flush()
                    await _rest_of_keys(leg, entry)
                    return Pressed(entry.keys) if entry.keys else Silence()
            decision = await self._listen(leg, ear, bargein, heard)
            if bargein.prompt is Prompt.STOPPED and not ear.words and not ear.is_speech:
                stray += len(heard.frames) * FRAME_SECONDS
                if stray >= STRAY_SECONDS:
                    decision = Decision.SILENCE
            else:
                stray = 0.0
            if decision.final:
                leg.flush()
                return await self._over(ear, decision, bargein, key)

    async def _listen(self, leg: AudioLeg, ear: Ear, bargein: Bargein, heard: FromLine) -> Decision:
        gate, echo, decision = self._voice.gate, self._echo, Decision.WAITING
        for level in heard.sent:
            echo.sent(level)
        for frame in heard.frames:
            asking = leg.playing
            gate.echo_db = echo.bound_db
            if asking and self.noisy:
                ear.overhear(frame)
                continue
            decision = await ear.take(frame, asking=asking)
            echo.heard(gate.level_db, caller=self._voice.open)
            if asking:
                coughs = bargein.coughs
                prompt = bargein.process(len(frame) / 16000, ear.is_speech, ear.words)
                if prompt is Prompt.STOPPED:
                    leg.flush()
                else:
                    leg.paused = prompt is Prompt.PAUSED
                if bargein.coughs > coughs:
                    await ear.start_over()
                    self._false_alarm()
            if decision.final:
                break
        return decision

    def _false_alarm(self) -> None:
        self._echo.was_nobody()
        self._false_alarms += 1
        if self._false_alarms == FALSE_ALARMS:
            log.info("a noise breaks the prompts off: only keys may now", action="ear.noisy")

    async def _over(self, ear: Ear, decision: Decision, bargein: Bargein, key: str) -> Heard:
        hearing = None
        if decision is not Decision.SILENCE or ear.sound:
            hearing = await ear.finish()
            if self._keep is not None and ear.sound:
                self._keep(key, ear.sound, hearing)
        if decision is not Decision.SILENCE and hearing is not None and hearing.text:
            self._echo.was_somebody()
            return _said(hearing)
        if bargein.prompt is Prompt.STOPPED:
            self._false_alarm()
        return Silence(noisy=self.noisy)


def _after(done: asyncio.Future[Reply], leg: AudioLeg) -> None:
    """However the application ended, no sound comes after it; how, the next command tells again."""
    if not done.cancelled():
        done.exception()
    leg.over(LegEnd.CLOSED)


async def _rest_of_keys(leg: AudioLeg, entry: KeyEntry) -> None:
    quiet = 0.0
    while not entry.done and quiet < entry.patience:
        heard = await leg.hear()
        quiet = 0.0 if heard.keys else quiet + len(heard.frames) * FRAME_SECONDS
        for key in heard.keys:
            entry.press(key)


def _said(hearing: Hearing) -> Heard:
    words = tuple(Word(word.word, word.start, word.end, word.conf) for word in hearing.words)
    return Said(hearing.text, words, hearing.alternatives)


async def _returned(running: asyncio.Future[Reply]) -> None:
    """Wait until Asterisk is back from the application; how it ended, the next command will tell."""
    done, _ = await asyncio.wait([running], timeout=_RETURN_SECONDS)
    if not done:
        raise PhoneFailed("Asterisk does not come back from AudioSocket")
