"""Contacts counted: what each adds to the tally of its interval. Pure."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from ivr.journal.metrics import EIGHTY_SIXTY, NOTHING, Tally, Threshold
from ivr.journal.periods import By, period_of
from ivr.journal.register import Contact, Exit


def tally(contact: Contact, threshold: Threshold = EIGHTY_SIXTY) -> Tally:
    """What this contact counts for. The service level looks at its first queue alone; the rest at all of it."""
    if contact.exit is Exit.BLOCKED:
        return Tally(blocked=1)
    counted = Tally(
        entered=1,
        self_served=contact.exit is Exit.SELF_SERVED,
        abandoned_ivr=contact.exit is Exit.ABANDONED_IVR,
        timed_out=contact.exit is Exit.QUEUE_TIMEOUT,
        callbacks=contact.exit is Exit.CALLBACK,
        closed=contact.exit is Exit.CLOSED,
    )
    if not contact.queued:
        return counted
    wait, most = contact.first_wait, threshold.seconds * 1000
    if contact.exit is Exit.ABANDONED_QUEUE:
        short = wait < threshold.short * 1000
        return counted + Tally(
            abandoned_short=short,
            abandoned_in_time=not short and wait <= most,
            abandoned_late=not short and wait > most,
            wait_abandoned=wait,
            longest_wait=wait,
        )
    if not contact.talk and contact.exit is not Exit.ANSWERED:
        return counted + Tally(longest_wait=wait)
    return counted + Tally(
        answered=1,
        in_time=wait <= most,
        wait_answered=wait,
        longest_wait=wait,
        talk=contact.talk,
        hold=contact.hold,
    )


def by_period(
    contacts: Iterable[Contact], by: By, zone: tzinfo, threshold: Threshold = EIGHTY_SIXTY
) -> dict[datetime, Tally]:
    """Tallies by the period, on the zone's clocks, in which each contact entered its first queue, else arrived."""
    tallies: dict[datetime, Tally] = {}
    for contact in contacts:
        period = period_of(contact.entered_queue or contact.arrived, by, zone)
        tallies[period] = tallies.get(period, NOTHING) + tally(contact, threshold)
    return tallies
