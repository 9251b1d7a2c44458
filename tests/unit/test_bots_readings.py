"""The reading dialogue, caller's words in, stored readings out: what is stored, what is said, and what never is."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import count
from uuid import UUID

import pytest

from bots.desk import Account, AccountMeter, DeskAway, ReadingToStore, StoredAs
from bots.meters import Meter, Zone
from bots.period import Window
from bots.readings import PROMPTS, Outcome, Readings
from bots.talk import Answer, CallerLeft, NoAnswer, Question
from bots.understand import understand

NOW = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)
NUMBER = "7001234567"
CALLER = "+79130000001"
SINGLE = Meter(5, 1, (Zone("single", 12200, 30, 5.0),))
TWO = Meter(5, 1, (Zone("day", 12200, 30, 5.0), Zone("night", 6700, 30, 2.0)))
CALL = UUID(int=7)


class ScriptedTalk:
    """A caller who says these lines, one a question, and then hangs up; `None` is somebody who is never understood."""

    def __init__(self, *lines: str | None) -> None:
        self._lines = list(lines)
        self.said: list[str] = []
        self.heard_by_caller: list[str] = []

    async def say(self, key: str, **slots: object) -> None:
        self.said.append(key)
        self.heard_by_caller.append(PROMPTS[key].format_map(slots))

    async def ask(self, question: Question) -> Answer | NoAnswer:
        for key in (question.key, f"{question.key}.hint", f"{question.key}.keys"):
            if key in PROMPTS:
                PROMPTS[key].format_map(question.slots)
        await self.say(question.key, **question.slots)
        if not self._lines:
            raise CallerLeft
        line = self._lines.pop(0)
        if line is None:
            return NoAnswer("no_match")
        answer = understand(question, line, date(2026, 3, 23))
        return NoAnswer("operator") if answer.act == "operator" else answer


class TableDesk:
    """Billing with one account of these meters."""

    def __init__(self, *meters: Meter, away: bool = False, away_to_store: bool = False, outbox: bool = False) -> None:
        self._meters = [AccountMeter(f"4821000{at}", meter) for at, meter in enumerate(meters, 1)]
        self._away, self._away_to_store, self._outbox = away, away_to_store, outbox
        self.stored: list[ReadingToStore] = []
        self.drafts: list[tuple[str, str, Mapping[str, str], UUID | None]] = []

    async def accounts_by_phone(self, phone: str) -> Sequence[Account]:
        if self._away:
            raise DeskAway
        return [Account(NUMBER, "г. Бийск")] if phone == CALLER else []

    async def account(self, number: str) -> Account | None:
        return Account(NUMBER, "г. Бийск") if number == NUMBER else None

    async def meters(self, account: str) -> Sequence[AccountMeter]:
        return self._meters

    async def store_reading(self, reading: ReadingToStore) -> StoredAs:
        if self._away_to_store:
            raise DeskAway
        self.stored.append(reading)
        return "outbox" if self._outbox else "stored"

    async def keep_draft(self, account: str, serial: str, heard: Mapping[str, str], call: UUID | None) -> None:
        if self._away_to_store:
            raise DeskAway
        self.drafts.append((account, serial, heard, call))


async def called(
    desk: TableDesk, talk: ScriptedTalk, caller: str | None = CALLER, window: Window | None = None
) -> Outcome:
    numbers = count(1)
    readings = Readings(talk, desk, now=lambda: NOW, new_key=lambda: UUID(int=next(numbers)), call=CALL, window=window)
    return await readings.run(caller)


def values(desk: TableDesk) -> list[dict[str, int]]:
    return [dict(reading.values) for reading in desk.stored]


async def test_a_known_caller_passes_a_reading_in_three_answers() -> None:
    desk, talk = TableDesk(SINGLE), ScriptedTalk("да", "двенадцать триста сорок пять", "да")
    outcome = await called(desk, talk)
    assert outcome.name == "accepted"
    assert values(desk) == [{"single": 12345}]
    assert (desk.stored[0].account, desk.stored[0].flagged, desk.stored[0].call) == (NUMBER, False, CALL)
    asked = ["readings.known_account", "readings.ask.single", "readings.confirm.single"]
    assert talk.said == [*asked, "readings.accepted"]


async def test_every_read_back_has_a_key_of_its_own_and_the_confirmed_one_is_stored() -> None:
    desk, talk = TableDesk(SINGLE), ScriptedTalk("да", "двенадцать триста сорок пять", "нет, не пять, а шесть", "да")
    await called(desk, talk)
    assert values(desk) == [{"single": 12346}]
    assert desk.stored[0].keys == {"single": UUID(int=2)}


async def test_an_unknown_caller_names_the_account() -> None:
    desk = TableDesk(SINGLE)
    talk = ScriptedTalk("семь ноль ноль двенадцать тридцать четыре пятьдесят шесть семь", "да", "12345", "верно")
    assert (await called(desk, talk, caller=None)).name == "accepted"
    assert values(desk) == [{"single": 12345}]


async def test_a_telephone_said_for_the_account_finds_its_account() -> None:
    desk = TableDesk(SINGLE)
    talk = ScriptedTalk("восемь девятьсот тринадцать ноль ноль ноль ноль ноль ноль один", "да", "12345", "да")
    assert (await called(desk, talk, caller=None)).name == "accepted"


async def test_three_unknown_accounts_end_at_the_operator() -> None:
    talk = ScriptedTalk("7001234568", "7001234569", "7001234560")
    assert (await called(TableDesk(SINGLE), talk, caller=None)).name == "no_account"
    assert talk.said[-1] == "readings.no_account"


@pytest.mark.parametrize("say", ["одиннадцать девятьсот", "девяносто девять тысяч", "двадцать две тысячи"])
async def test_less_impossible_and_too_much_sound_the_same(say: str) -> None:
    talk = ScriptedTalk("да", say)
    with pytest.raises(CallerLeft):
        await called(TableDesk(SINGLE), talk)
    assert talk.said[2:] == ["readings.check", "readings.ask.single"]


async def test_a_reading_too_great_that_is_said_again_is_taken_and_flagged() -> None:
    desk, talk = TableDesk(SINGLE), ScriptedTalk("да", "двадцать две тысячи", "двадцать две тысячи", "да")
    assert (await called(desk, talk)).name == "accepted_flagged"
    assert desk.stored[0].flagged
    assert values(desk) == [{"single": 22000}]


async def test_a_smaller_reading_said_again_goes_to_a_person_and_leaves_a_draft() -> None:
    desk, talk = TableDesk(SINGLE), ScriptedTalk("да", "одиннадцать девятьсот", "одиннадцать девятьсот")
    outcome = await called(desk, talk)
    assert outcome.name == "transferred"
    assert desk.stored == []
    assert desk.drafts == [(NUMBER, "48210001", {"single": "11900"}, CALL)]


async def test_nothing_said_tells_the_previous_reading_or_the_consumption() -> None:
    lines = ["да", "одиннадцать девятьсот", "ноль", "двенадцать триста сорок пять", "нет", "12346", "да"]
    talk = ScriptedTalk(*lines)
    await called(TableDesk(SINGLE), talk)
    assert not any("12200" in line or "145" in line.replace("12345", "") for line in talk.heard_by_caller)


async def test_a_hang_up_before_the_yes_stores_nothing_but_a_draft() -> None:
    desk, talk = TableDesk(SINGLE), ScriptedTalk("да", "двенадцать триста сорок пять")
    with pytest.raises(CallerLeft):
        await called(desk, talk)
    assert desk.stored == []
    assert desk.drafts == [(NUMBER, "48210001", {"single": "12345"}, CALL)]


async def test_a_hang_up_before_any_digits_leaves_no_draft() -> None:
    desk = TableDesk(SINGLE)
    with pytest.raises(CallerLeft):
        await called(desk, ScriptedTalk("да"))
    assert desk.drafts == []


async def test_accepted_is_said_only_after_the_reading_is_stored() -> None:
    desk, talk = TableDesk(SINGLE, away_to_store=True), ScriptedTalk("да", "двенадцать триста сорок пять", "да")
    outcome = await called(desk, talk)
    assert outcome.name == "billing_away"
    assert outcome.heard == {"48210001": {"single": "12345"}}
    assert "readings.accepted" not in talk.said
    assert talk.said[-1] == "readings.not_stored"


async def test_a_reading_in_the_outbox_is_announced_as_such() -> None:
    talk = ScriptedTalk("да", "двенадцать триста сорок пять", "да")
    assert (await called(TableDesk(SINGLE, outbox=True), talk)).name == "accepted"
    assert talk.said[-1] == "readings.accepted_outbox"


async def test_billing_away_at_the_start_is_said_honestly() -> None:
    talk = ScriptedTalk()
    assert (await called(TableDesk(SINGLE, away=True), talk)).name == "billing_away"
    assert talk.said == ["readings.billing_away"]


async def test_both_zones_in_one_breath() -> None:
    desk = TableDesk(TWO)
    talk = ScriptedTalk("да", "день двенадцать триста сорок пять ночь шесть семьсот восемьдесят девять", "да", "да")
    assert (await called(desk, talk)).name == "accepted"
    assert values(desk) == [{"day": 12345, "night": 6789}]
    assert len(set(desk.stored[0].keys.values())) == 2


async def test_zones_asked_one_after_the_other() -> None:
    desk = TableDesk(TWO)
    talk = ScriptedTalk("да", "двенадцать триста сорок пять", "тэ два шесть семьсот восемьдесят девять", "да", "да")
    assert (await called(desk, talk)).name == "accepted"
    assert values(desk) == [{"day": 12345, "night": 6789}]


async def test_day_and_night_the_wrong_way_round_are_turned_after_a_yes() -> None:
    desk = TableDesk(TWO)
    talk = ScriptedTalk("да", "день шесть семьсот восемьдесят девять ночь двенадцать триста", "да", "да", "да")
    assert (await called(desk, talk)).name == "accepted"
    assert values(desk) == [{"day": 12300, "night": 6789}]


async def test_the_same_as_last_month_is_stored_without_being_spoken() -> None:
    desk, talk = TableDesk(SINGLE), ScriptedTalk("да", "столько же", "да")
    assert (await called(desk, talk)).name == "accepted"
    assert values(desk) == [{"single": 12200}]
    assert not any("12200" in line for line in talk.heard_by_caller)


async def test_a_refused_read_back_is_read_digit_by_digit_the_next_time() -> None:
    talk = ScriptedTalk("да", "12345", "нет", "12346", "да")
    await called(TableDesk(SINGLE), talk)
    assert talk.said[-2:] == ["readings.spell.single", "readings.accepted"]


async def test_who_wants_a_person_gets_one_and_the_draft_stays() -> None:
    desk = TableDesk(SINGLE)
    outcome = await called(desk, ScriptedTalk("да", "12345", "позовите оператора"))
    assert outcome.name == "transferred"
    assert desk.drafts[0][2] == {"single": "12345"}


async def test_who_is_never_understood_gets_no_match() -> None:
    assert (await called(TableDesk(SINGLE), ScriptedTalk("да", None))).name == "no_match"


async def test_every_meter_of_an_account_is_asked() -> None:
    desk = TableDesk(SINGLE, SINGLE)
    talk = ScriptedTalk("да", "12345", "да", "12346", "да")
    assert (await called(desk, talk)).name == "accepted"
    assert [reading.serial for reading in desk.stored] == ["48210001", "48210002"]


async def test_an_account_without_meters_goes_to_a_person() -> None:
    assert (await called(TableDesk(), ScriptedTalk("да"))).name == "no_meters"


async def test_outside_the_window_readings_count_for_the_next_period() -> None:
    talk = ScriptedTalk("да", "12345", "да")
    outcome = await called(TableDesk(SINGLE), talk, window=Window(1, 20))
    assert outcome.name == "accepted"
    assert talk.said[-1] == "readings.next_period"


async def test_a_supplier_may_refuse_outside_the_window() -> None:
    outcome = await called(TableDesk(SINGLE), ScriptedTalk(), window=Window(28, 31, late="reject"))
    assert outcome.name == "refused_window"


def test_a_window_to_the_31st_is_open_on_the_last_day_of_february() -> None:
    assert Window(31, 31).open_on(date(2026, 2, 28))
    assert not Window(15, 26).open_on(date(2026, 2, 27))


async def test_no_caller_is_asked_for_ever() -> None:
    desk = TableDesk(SINGLE)
    talk = ScriptedTalk("да", *["примерно двенадцать тысяч"] * 20)
    assert (await called(desk, talk)).name == "no_match"
    talk = ScriptedTalk("да", *["двенадцать триста сорок пять", "нет"] * 20)
    assert (await called(desk, talk)).name == "no_match"
    talk = ScriptedTalk("да", "12345", *["не знаю"] * 20)
    assert (await called(desk, talk)).name == "no_match"
    assert desk.stored == []
