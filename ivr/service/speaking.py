"""What the line speaks with, put together once a service: its voices, the prompts' cache, what is rendered ahead.

What every caller hears is rendered before an edition is on the air; the dialogues' texts, the numbers, and all of it
slower and louder follow behind the calls, one text at a time.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from bots.understanding.lemmas import lemma
from ivr.call.phone import Utterance
from ivr.flow.published.following import CannotPrepare, Edition
from ivr.flow.script import flow_script, script
from ivr.prompts import NotSpeakable, Prompts, VoiceFailed
from ivr.prompts.choice import choose
from ivr.prompts.pieces import fixed_pieces
from ivr.prompts.studio import Studio
from ivr.service.beside import run_beside
from ivr.settings import Settings

log = structlog.get_logger(__name__)

SLOWER = 0.85
_PRUNE_EVERY = 24 * 3600.0
_UNUSED_DAYS = 60


class Speaker:
    """`ivr.call.conversation.Speaker` over the prompts' cache."""

    def __init__(self, prompts: Prompts) -> None:
        self._prompts = prompts
        self._fixed: dict[str, Utterance] = {}
        """Texts without slots: a dialplan has so many and no more."""

    async def utterance(
        self, text: str, slots: Mapping[str, object], *, pace: float = 1.0, louder: bool = False
    ) -> Utterance:
        fixed = not slots and pace == 1.0 and not louder
        if fixed and text in self._fixed:
            return self._fixed[text]
        rendered = await self._prompts.render(text, slots, pace=pace, louder=louder)
        utterance = Utterance(rendered.text, rendered.files, rendered.seconds)
        if fixed:
            self._fixed[text] = utterance
        return utterance

    async def parts(
        self, text: str, slots: Mapping[str, object], *, pace: float = 1.0, louder: bool = False
    ) -> AsyncGenerator[Utterance, None]:
        """The same, the beginning as soon as it can be heard: what fills the slots may never have been said before."""
        if not slots:
            yield await self.utterance(text, slots, pace=pace, louder=louder)
            return
        async with contextlib.aclosing(self._prompts.stream(text, slots, pace=pace, louder=louder)) as stream:
            async for part in stream:
                yield Utterance(part.text, part.files, part.seconds)


@dataclass(frozen=True, slots=True)
class _Job:
    prompts: Prompts
    texts: tuple[str, ...]
    pace: float = 1.0
    louder: bool = False


class Speaking:
    """Made by `start`; what it has opened is closed with the stack it was given."""

    def __init__(self, prompts: Prompts) -> None:
        self.prompts = prompts
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()

    @classmethod
    async def start(cls, settings: Settings, stack: AsyncExitStack) -> "Speaking":
        """Raises `NoVoice` when nothing here can speak."""
        # Its dictionary takes a tenth of a second to load: not in the first call.
        await asyncio.to_thread(lemma, "оператор")
        chosen = await choose(settings, stack)
        for voice in chosen.voices:
            log.info("a voice is ready", action="speaking.voice", voice=voice.name, version=voice.version)
        if chosen.fault:
            log.error("the voice that was asked for does not speak", action="speaking.no_voice", error=chosen.fault)
        made = cls(Prompts(settings.cache / "prompts", chosen.chain))
        run_beside(stack, made._behind(), "prompts: what is rendered ahead")
        return made

    async def prepared(self, edition: Edition) -> Speaker:
        """Who speaks for an edition, its flows' texts rendered; raises `CannotPrepare`."""
        studio = await asyncio.to_thread(Studio.of, edition.folder)
        prompts = self.prompts.led_by(studio) if studio is not None else self.prompts
        try:
            for text in flow_script(edition.dialplan).values():
                for piece in fixed_pieces(text):
                    await prompts.spoken(piece)
        except (VoiceFailed, NotSpeakable) as error:
            raise CannotPrepare(f"{edition.supplier}: a text cannot be spoken: {error}") from error
        texts = tuple(script(edition.dialplan).values())
        for job in (
            _Job(prompts, texts),
            _Job(prompts, texts, pace=SLOWER),
            _Job(prompts, texts, louder=True),
        ):
            self._jobs.put_nowait(job)
        return Speaker(prompts)

    async def _behind(self) -> None:
        while True:
            job = await self._jobs.get()
            try:
                made = await job.prompts.warm(job.texts, pace=job.pace, louder=job.louder)
            except (VoiceFailed, NotSpeakable, OSError) as error:
                # Whoever needs the text is told then; the others are rendered when they are asked for.
                log.warning("not everything could be rendered ahead", action="speaking.ahead", error=str(error))
            else:
                log.info("rendered ahead", action="speaking.ahead", pieces=made, pace=job.pace, louder=job.louder)
