"""The services of a call on the draft line: it is told that all went well, and nobody gets a message or a call."""

from dataclasses import replace
from datetime import timedelta

from ivr.call.draft_desk import DraftDesk
from ivr.call.services import CallbackWanted, MessageWanted, NoRecordings, Ordered, Services
from ivr.clock import Clock

SOON = timedelta(hours=2)


def for_draft(services: Services, clock: Clock) -> Services:
    """These services, of which nothing leaves the house and nothing stays in it."""
    desk, callbacks = DraftDesk(services.desk), NothingPromised(clock)
    return replace(services, desk=desk, messages=NothingSent(), callbacks=callbacks, recordings=NoRecordings())


class NothingSent:
    """Implements `services.Messages`."""

    async def send(self, wanted: MessageWanted) -> bool:
        return True


class NothingPromised:
    """Implements `services.Callbacks`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def order(self, wanted: CallbackWanted) -> Ordered:
        return Ordered("made", wanted.at or self._clock.now() + SOON)
