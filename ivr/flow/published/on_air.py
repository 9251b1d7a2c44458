"""What new calls are served with now, and what calls still hold that began before it changed.

Switching takes no time and waits for nobody: a call finishes with what it began with, and what served it is released
with its last call. What is on the air is the service's affair; here it is only handed out and counted.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is served: a supplier's line, or its draft line."""

    supplier: str
    draft: bool = False


class NothingOnAir(Exception):
    """Nothing serves this line: it was never published, or its draft was taken off."""


def _nothing() -> None:
    pass


@dataclass(slots=True, eq=False)
class _Slot(Generic[T]):
    serving: T
    release: Callable[[], None]
    calls: int = 0
    replaced: bool = False

    def let_go(self) -> None:
        if self.replaced and self.calls == 0:
            self.release()


class OnAir(Generic[T]):
    def __init__(self) -> None:
        self._now: dict[Place, _Slot[T]] = {}
        self._older = 0

    @property
    def older(self) -> int:
        """How many that were replaced are still held by calls."""
        return self._older

    def now(self, place: Place) -> T | None:
        slot = self._now.get(place)
        return None if slot is None else slot.serving

    def all(self) -> Iterator[tuple[Place, T]]:
        """Everything that new calls may be served with."""
        return ((place, slot.serving) for place, slot in self._now.items())

    def switch(self, place: Place, serving: T, release: Callable[[], None] = _nothing) -> None:
        """From now on new calls take `serving`; `release` is called once it is replaced and its last call is over."""
        before = self._now.get(place)
        self._now[place] = _Slot(serving, release)
        self._replace(before)

    def take_off(self, place: Place) -> None:
        """New calls find nothing here."""
        self._replace(self._now.pop(place, None))

    @contextmanager
    def hold(self, place: Place) -> Iterator[T]:
        """What is on the air, for as long as a call lasts. Raises `NothingOnAir`."""
        slot = self._now.get(place)
        if slot is None:
            raise NothingOnAir(f"nothing of {place.supplier} is on the air")
        slot.calls += 1
        try:
            yield slot.serving
        finally:
            slot.calls -= 1
            if slot.replaced and slot.calls == 0:
                self._older -= 1
            slot.let_go()

    def _replace(self, slot: _Slot[T] | None) -> None:
        if slot is None:
            return
        slot.replaced = True
        if slot.calls:
            self._older += 1
        slot.let_go()
