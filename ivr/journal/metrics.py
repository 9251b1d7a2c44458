"""What a contact centre is measured by, each formula once. Pure.

Everything is counted in a `Tally`, and tallies add up: of months, of suppliers, of intervals. So every mean is weighted
by its calls and there is no way to average averages. Where there is nothing to measure a figure is None («н/д»).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self


class ServiceLevel(StrEnum):
    """What the service level is a share of; a report names the variant beside its number."""

    ANSWERED = "answered"
    OFFERED = "offered"
    OFFERED_LESS_SHORT = "offered_less_short"
    ABANDON_IN_T_IGNORED = "abandon_in_T_ignored"
    ABANDON_IN_T_GOOD = "abandon_in_T_good"


@dataclass(frozen=True, slots=True)
class Threshold:
    """80/60: this share within so many seconds; who gives up sooner than `short` seconds did not really wait."""

    seconds: float = 60.0
    share: float = 0.8
    short: float = 5.0


EIGHTY_SIXTY = Threshold()


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts and sums of one stretch of time, of calls by their entry into the queue. Milliseconds."""

    entered: int = 0
    """Calls that came to the line's own menu or bot."""
    self_served: int = 0
    abandoned_ivr: int = 0
    answered: int = 0
    """N: an operator answered out of a queue."""
    direct: int = 0
    """An operator was reached without any queue."""
    in_time: int = 0
    """Answered within the threshold; a wait of exactly the threshold is in time."""
    abandoned_short: int = 0
    abandoned_in_time: int = 0
    """Gave up after the short time and within the threshold."""
    abandoned_late: int = 0
    timed_out: int = 0
    """The queue itself sent them away unserved: its time was over, it was full, or nobody served in it."""
    callbacks: int = 0
    closed: int = 0
    blocked: int = 0
    fell_back: int = 0
    readings: int = 0
    """Calls in which a reading was stored."""
    complaints: int = 0
    passed_on: int = 0
    """Calls in which a request for the back office was opened."""
    ivr: int = 0
    wait_answered: int = 0
    wait_lost: int = 0
    longest_wait: int = 0
    talk: int = 0
    hold: int = 0
    wrap: int = 0
    ready: int = 0
    pause: int = 0
    bot_started: int = 0
    bot_closed: int = 0
    ratings_offered: int = 0
    ratings: Mapping[int, int] = field(default_factory=dict)
    """How often each mark was given."""

    def __add__(self, other: Self) -> "Tally":
        if not isinstance(other, Tally):
            return NotImplemented
        marks = {
            mark: self.ratings.get(mark, 0) + other.ratings.get(mark, 0) for mark in {*self.ratings, *other.ratings}
        }
        sums = {name: getattr(self, name) + getattr(other, name) for name in _ADDED}
        return Tally(**sums, longest_wait=max(self.longest_wait, other.longest_wait), ratings=marks)

    @property
    def arrived(self) -> int:
        """All calls, those refused for lack of lines included."""
        return self.entered + self.blocked

    @property
    def abandoned(self) -> int:
        """A_s + A_T + A_L: gave up in the queue. A hang-up in the menu and an ordered callback are none."""
        return self.abandoned_short + self.abandoned_in_time + self.abandoned_late

    @property
    def lost(self) -> int:
        """A: left the queue unserved, by giving up or because the queue sent them away."""
        return self.abandoned + self.timed_out

    @property
    def offered(self) -> int:
        """N + A: offered to operators."""
        return self.answered + self.lost


_ADDED = tuple(one.name for one in fields(Tally) if one.name not in ("longest_wait", "ratings"))
_NOT_COUNTED_OF_CALLS = ("longest_wait", "ratings", "wrap", "ready", "pause")
SUMS = tuple(one.name for one in fields(Tally) if one.name not in _NOT_COUNTED_OF_CALLS)
"""What is added up over calls; wrap-up, readiness and pauses are operators' and come of their statuses."""
MARKS = range(11)
"""Marks that a caller may give: 1 to 5, or 0 to 10."""

NOTHING = Tally()


def total(tallies: Iterable[Tally]) -> Tally:
    whole = NOTHING
    for one in tallies:
        whole += one
    return whole


def service_level(tally: Tally, variant: ServiceLevel = ServiceLevel.OFFERED) -> float | None:
    """The share answered in time.

    answered: N_T/N · offered: N_T/(N+A) · offered_less_short: N_T/(N+A−A_s) · abandon_in_T_ignored: N_T/(N+A_L) ·
    abandon_in_T_good: (N_T+A_s+A_T)/(N+A). Whom the queue sent away counts in A, and never as gone in time.
    """
    good, of = tally.in_time, tally.offered
    match variant:
        case ServiceLevel.ANSWERED:
            of = tally.answered
        case ServiceLevel.OFFERED_LESS_SHORT:
            of -= tally.abandoned_short
        case ServiceLevel.ABANDON_IN_T_IGNORED:
            of = tally.answered + tally.abandoned_late + tally.timed_out
        case ServiceLevel.ABANDON_IN_T_GOOD:
            good += tally.abandoned_short + tally.abandoned_in_time
    return _share(good, of)


def loss(tally: Tally, *, less_short: bool = False) -> float | None:
    """A/(N+A); less short: (A−A_s)/(N+A−A_s)."""
    short = tally.abandoned_short if less_short else 0
    return _share(tally.lost - short, tally.offered - short)


def average_answer(tally: Tally) -> float | None:
    """ASA: Σ wait of the answered / N, milliseconds."""
    return _mean(tally.wait_answered, tally.answered)


def average_wait(tally: Tally) -> float | None:
    """AWT: Σ wait of answered and lost / (N+A), milliseconds."""
    return _mean(tally.wait_answered + tally.wait_lost, tally.offered)


def average_talk(tally: Tally) -> float | None:
    """ATT: Σ talk / N, milliseconds."""
    return _mean(tally.talk, tally.answered)


def average_service(tally: Tally) -> float | None:
    """«Среднее время обслуживания»: Σ (talk + hold) / N, milliseconds; without wrap-up, as suppliers publish it."""
    return _mean(tally.talk + tally.hold, tally.answered)


def average_handling(tally: Tally) -> float | None:
    """AHT: Σ (talk + hold + wrap-up) / N, milliseconds."""
    return _mean(tally.talk + tally.hold + tally.wrap, tally.answered)


def occupancy(tally: Tally) -> float | None:
    """(talk + hold + wrap-up) / (talk + hold + wrap-up + ready)."""
    busy = tally.talk + tally.hold + tally.wrap
    return _share(busy, busy + tally.ready)


def utilisation(tally: Tally) -> float | None:
    """(talk + hold + wrap-up) / (talk + hold + wrap-up + ready + pauses)."""
    busy = tally.talk + tally.hold + tally.wrap
    return _share(busy, busy + tally.ready + tally.pause)


def containment(tally: Tally) -> float | None:
    """Self-served / entered the menu."""
    return _share(tally.self_served, tally.entered)


def bot_closure(tally: Tally) -> float | None:
    """Closed by the bot / begun with the bot."""
    return _share(tally.bot_closed, tally.bot_started)


def passed_on(tally: Tally) -> float | None:
    """Calls in which something was passed on to the back office / calls that came in."""
    return _share(tally.passed_on, tally.entered)


def csi(tally: Tally) -> float | None:
    """The mean mark."""
    given = sum(tally.ratings.values())
    return sum(mark * count for mark, count in tally.ratings.items()) / given if given else None


def rated(tally: Tally) -> float | None:
    """Marks given / marks asked for."""
    return _share(sum(tally.ratings.values()), tally.ratings_offered)


def nps(ratings: Mapping[int, int]) -> float | None:
    """% of 9–10 − % of 0–6, from −100 to 100."""
    given = sum(ratings.values())
    if not given:
        return None
    promoters = sum(count for mark, count in ratings.items() if mark >= 9)
    detractors = sum(count for mark, count in ratings.items() if mark <= 6)
    return 100 * (promoters - detractors) / given


@dataclass(frozen=True, slots=True)
class Mark:
    """One item of a checklist: what it weighs, what it got (0–1), whether a failure spoils the whole card."""

    weight: float
    score: float
    critical: bool = False
    applies: bool = True


def quality(card: Sequence[Mark]) -> float | None:
    """Σ (weight · score) / Σ weight of what applies, in per cent; a failed critical item makes it 0."""
    marks = [mark for mark in card if mark.applies]
    weight = sum(mark.weight for mark in marks)
    if not weight:
        return None
    if any(mark.critical and mark.score <= 0 for mark in marks):
        return 0.0
    return 100 * sum(mark.weight * mark.score for mark in marks) / weight


@dataclass(frozen=True, slots=True)
class Reason:
    """Who came with what, and when: for first-call resolution."""

    who: str
    """The account, else the telephone."""
    topic: str
    at: datetime


def repeats(
    contacts: Iterable[Reason], *, until: datetime | None = None, within: timedelta = timedelta(days=7)
) -> dict[str, tuple[int, int]]:
    """By topic: contacts, and how many of them were followed by another of the same customer and topic within 7 days.

    Only contacts before `until` are counted; those after it only show who came again.
    """
    last: dict[tuple[str, str], datetime] = {}
    found: dict[str, tuple[int, int]] = {}
    for one in sorted(contacts, key=lambda reason: reason.at):
        count, followed = found.get(one.topic, (0, 0))
        before = last.get((one.who, one.topic))
        if before is not None and one.at - before <= within and (until is None or before < until):
            followed += 1
        if until is None or one.at < until:
            count += 1
        last[one.who, one.topic] = one.at
        found[one.topic] = count, followed
    return {topic: counts for topic, counts in found.items() if counts[0]}


def first_call_resolution(found: Mapping[str, tuple[int, int]]) -> float | None:
    """FCR: 1 − contacts followed by another of the same customer and topic within 7 days / contacts. Of `repeats`."""
    count = sum(contacts for contacts, _ in found.values())
    return 1 - sum(followed for _, followed in found.values()) / count if count else None


def peak(calls: Iterable[tuple[datetime, datetime]]) -> int:
    """The most calls at one time; one that ends in the instant another begins has left its line."""
    changes = sorted(change for start, end in calls for change in ((start, 1), (end, -1)))
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _mean(sum_: float, count: int) -> float | None:
    return sum_ / count if count else None
