"""The topics of a `topics.yaml` as calls sort by them."""

from collections.abc import Sequence

from bots.understanding.topics import Topics
from ivr.call.services import Sorted


class TopicSorter:
    """Implements `services.Topics` over what was taught."""

    def __init__(self, taught: Topics) -> None:
        self._taught = taught
        self._phrases = tuple(
            dict.fromkeys(phrase for topic in taught.topics.values() for phrase in (*topic.words, *topic.examples))
        )

    def sort(self, said: str) -> Sorted:
        found = self._taught.sort(said)
        if found.topics:
            return self._sorted(found.topics[0], found.rest, tuple(found.topics[1:]))
        if found.between:
            return Sorted(
                besides=found.rest,
                question=found.ask,
                between=self._taught.apart(found.between),
            )
        return Sorted(besides=found.rest)

    def named(self, topic: str, said: str) -> Sorted:
        return self._sorted(topic, self._taught.sort(said).rest)

    def phrases(self) -> Sequence[str]:
        return self._phrases

    def _sorted(self, name: str, rest: str, also: tuple[str, ...] = ()) -> Sorted:
        topic = self._taught.topics[name]
        return Sorted(name, topic.title, also, rest, topic.answer, operator=topic.operator)
