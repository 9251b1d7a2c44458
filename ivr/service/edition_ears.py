"""The ears of a dialplan's calls: the service's recogniser, with the words its callers are likely to say.

Two versions with the same words share a model; it goes with the last call that is heard with it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from asterisk.audio.ear import Ears
from asterisk.audio.server import AudioServer
from bots.desk import DeskAway
from ivr.billing.streets import commonest_places
from ivr.flow.published.following import Edition
from ivr.service.hearing import Hearing
from ivr.store import Store
from ivr.vocabulary import vocabulary_of

log = structlog.get_logger(__name__)

MOST_STREETS = 1_500
"""Of a supplier's streets those of most accounts; each added word costs the others a little of their certainty."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class EditionEars:
    ears: Ears | None
    """None: there is no model, and callers are asked for keys."""
    drop: Callable[[], None] = _nothing
    """Call it when the edition's last call is over."""


DEAF = EditionEars(None)


class EarsOfEditions:
    def __init__(self, hearing: Hearing, server: AudioServer, store: Store) -> None:
        self._hearing = hearing
        self._all = Ears(server, hearing.recognizer)
        self._store = store

    async def of(self, edition: Edition) -> EditionEars:
        streets = await self._streets(edition.supplier)
        vocabulary = await asyncio.to_thread(vocabulary_of, edition.dialplan, edition.folder, streets)
        words = await self._hearing.add(vocabulary)
        return EditionEars(Ears(self._all.server, words.recognizer, self._all.sounds), words.drop)

    async def _streets(self, supplier: str) -> list[str]:
        """None while the database is away: a line that does not know its streets yet still hears."""
        try:
            return await commonest_places(self._store, supplier, MOST_STREETS)
        except DeskAway as error:
            log.warning("streets are not added", action="hearing.streets", supplier=supplier, why=str(error))
            return []
