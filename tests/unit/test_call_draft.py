"""A call on the draft line goes as a real one would, and leaves nothing behind."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from bots.desk import Account, NewRequest, ReadingToStore, SecretsLocked
from ivr.call.draft_services import for_draft
from ivr.call.rehearsal.desk import RehearsedDesk
from ivr.call.rehearsal.stage import HeldCallbacks, HeldMessages
from ivr.call.services import CallbackWanted, MessageWanted, Services
from ivr.clock import VirtualClock
from ivr.flow.scenarios.scenario_parts import Known

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


class Real:
    """A line's own services, and the same for its draft."""

    def __init__(self) -> None:
        clock = VirtualClock(NOW)
        self.desk = RehearsedDesk([Known(Account("7001234567", "Мира, 1"), phones=("+79130000001",))])
        self.messages, self.callbacks = HeldMessages(), HeldCallbacks(clock)
        services = Services(self.desk, uuid4, messages=self.messages, callbacks=self.callbacks)
        self.draft = for_draft(services, clock)


async def test_what_is_known_is_known_to_the_draft_too() -> None:
    real = Real()
    (account,) = await real.draft.desk.accounts_by_phone("+79130000001")
    assert account == await real.draft.desk.account("7001234567")


async def test_readings_and_requests_are_taken_and_not_kept() -> None:
    real = Real()
    reading = ReadingToStore("7001234567", "1", {"single": 12345}, {"single": uuid4()}, NOW)
    assert await real.draft.desk.store_reading(reading) == "stored"
    request = await real.draft.desk.open_request(NewRequest("7001234567", "sealing", uuid4(), NOW))
    assert request.status == "new"
    await real.draft.desk.keep_draft("7001234567", "1", {"single": "12345"}, None)
    await real.draft.desk.note_bad_try("7001234567", NOW)
    assert (real.desk.stored, real.desk.opened, real.desk.drafted) == ([], [], [])
    assert await real.desk.bad_tries("7001234567", NOW.date()) == 0


async def test_nobody_gets_a_message_or_a_call() -> None:
    real = Real()
    assert await real.draft.messages.send(MessageWanted("address", "sms", "+79130000001", {}, uuid4()))
    ordered = await real.draft.callbacks.order(CallbackWanted("operators", "+79130000001", None, "", uuid4()))
    assert ordered.how == "made"
    assert ordered.at is not None
    assert (real.messages.asked, real.callbacks.asked) == ([], [])


async def test_wrong_secrets_count_as_everywhere() -> None:
    real = Real()
    for _ in range(5):
        assert not await real.draft.desk.check_secret("7001234567", "0000")
    with pytest.raises(SecretsLocked):
        await real.desk.check_secret("7001234567", "0000")
