"""Contacts counted: what each adds to the tally of its interval. Pure.

`rollups` says the same in SQL, for many; a test holds that both count alike.
"""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from ivr.journal.metrics import EIGHTY_SIXTY, NOTHING, Tally, Threshold
from ivr.journal.periods import By, period_of
from ivr.journal.register import Contact, Exit


def tally(contact: Contact, threshold: Threshold = EIGHTY_SIXTY) -> Tally:
    """What this contact counts for. The service level looks at the wait until an operator first answered."""
    if contact.exit is Exit.BLOCKED:
        return Tally(blocked=1)
    robots = contact.bot and contact.exit is Exit.SELF_SERVED
    counted = Tally(
        entered=1,
        self_served=contact.exit is Exit.SELF_SERVED,
        abandoned_ivr=contact.exit is Exit.ABANDONED_IVR,
        timed_out=contact.exit is Exit.QUEUE_TIMEOUT,
        callbacks=contact.exit is Exit.CALLBACK,
        closed=contact.exit is Exit.CLOSED,
        fell_back=contact.exit is Exit.FELL_BACK,
        readings=bool(contact.reading),
        complaints=contact.complaint,
        passed_on=contact.passed_on,
        ivr=contact.ivr,
        bot_started=contact.bot,
        bot_closed=robots,
        ratings_offered=contact.rating_asked,
        ratings={} if contact.rating is None else {contact.rating: 1},
    )
    if not contact.queued:
        return counted + Tally(direct=contact.exit is Exit.ANSWERED)
    wait, most = contact.first_wait, threshold.seconds * 1000
    waited = counted + Tally(longest_wait=wait)
    match contact.exit:
        case Exit.ABANDONED_QUEUE:
            short = wait < threshold.short * 1000
            return waited + Tally(
                abandoned_short=short,
                abandoned_in_time=not short and wait <= most,
                abandoned_late=not short and wait > most,
                wait_lost=wait,
            )
        case Exit.QUEUE_TIMEOUT:
            return waited + Tally(wait_lost=wait)
        case Exit.ANSWERED:
            return waited + Tally(
                answered=1, in_time=wait <= most, wait_answered=wait, talk=contact.talk, hold=contact.hold
            )
    return waited


def by_period(
    contacts: Iterable[Contact], by: By, zone: tzinfo, threshold: Threshold = EIGHTY_SIXTY
) -> dict[datetime, Tally]:
    """Tallies by the period, on the zone's clocks, in which each contact entered its first queue, else arrived."""
    tallies: dict[datetime, Tally] = {}
    for contact in contacts:
        period = period_of(contact.counted_at, by, zone)
        tallies[period] = tallies.get(period, NOTHING) + tally(contact, threshold)
    return tallies
