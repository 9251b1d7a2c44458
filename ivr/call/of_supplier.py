"""What one supplier's folder says to its calls: house rules and hours. The rest is handed in."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from bots.catalogue import DIALOGUES
from bots.desk import Desk
from bots.seat import HouseRules
from ivr.call.services import (
    Callbacks,
    Emergencies,
    Messages,
    NoCallbacks,
    NoEmergencies,
    NoMessages,
    NoQueues,
    NoRecordings,
    NoTopics,
    QueueStates,
    Recordings,
    Services,
    Topics,
)
from ivr.call.sorting import TopicSorter
from ivr.clock import Clock
from ivr.flow.supplier.suppliers import Supplier, read_supplier
from ivr.flow.topics import read_topics
from ivr.ids import new_id


def rules_of(supplier: Supplier) -> HouseRules:
    settings = supplier.settings
    return HouseRules(
        company=settings.name,
        account_lengths=settings.account.lengths,
        account_pattern=settings.account.pattern,
        account_groups=settings.account.group,
        window=settings.window,
        zone=settings.zone,
    )


@dataclass(frozen=True, slots=True)
class _TopicsFile:
    content: bytes
    path: Path = field(compare=False)


def _topics_of(folder: Path) -> Topics:
    """The topics of the folder, taught."""
    path = folder / "topics.yaml"
    try:
        content = path.read_bytes()
    except OSError:
        return NoTopics()
    return _taught(_TopicsFile(content, path))


@lru_cache(maxsize=16)
def _taught(file: _TopicsFile) -> Topics:
    """Teaching takes half a second: a new version of a dialplan with the topics of the old one does not wait for it."""
    book = read_topics(file.path)[0]
    return TopicSorter(book.taught) if book is not None else NoTopics()


def services_of(
    folder: Path,
    desk: Desk,
    clock: Clock,
    *,
    queues: QueueStates | None = None,
    topics: Topics | None = None,
    emergencies: Emergencies | None = None,
    messages: Messages | None = None,
    callbacks: Callbacks | None = None,
    recordings: Recordings | None = None,
) -> Services:
    """All that calls of the supplier in `folder` need; what nobody hands in is refused to them honestly."""
    supplier, _ = read_supplier(folder, now=clock.now())
    return Services(
        desk=desk,
        new_key=lambda: new_id(clock.now()),
        dialogues=DIALOGUES,
        rules=rules_of(supplier) if supplier is not None else HouseRules(),
        hours=supplier.calendar if supplier is not None else None,
        queues=queues or NoQueues(),
        topics=topics or _topics_of(folder),
        emergencies=emergencies or NoEmergencies(),
        messages=messages or NoMessages(),
        callbacks=callbacks or NoCallbacks(),
        recordings=recordings or NoRecordings(),
        limits=supplier.settings.limits if supplier is not None else {},
    )
