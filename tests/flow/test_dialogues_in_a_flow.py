"""Dialogues named by a flow: the shortest good call, and what an operator is handed when the robot gives up."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from dialogue_courses import NUMBER, SINGLE, TWO, meter
from scripted_talk import CALLER, NOW
from table_desk import Awaits, TableDesk

from bots.catalogue import DIALOGUES, TEXTS
from bots.desk import Account
from bots.seat import HouseRules
from ivr.call.in_progress import open_call
from ivr.call.interpreter import live
from ivr.call.phone import CallInfo, Utterance
from ivr.call.services import Services
from ivr.call.text_phone import Script, TextPhone, acts, speaking_seconds
from ivr.call.wording import Wordings
from ivr.clock import VirtualClock
from ivr.flow.load import read
from ivr.ids import new_id
from ivr.journal.events import Kind
from ivr.prompts.pieces import pieces, spelled

FLOW = """
start: greeting
on: {silence: people, no_match: people, refused: people, too_many: people, deaf: people, operator: people}
steps:
  greeting: {say: "Здравствуйте! Это робот Энергосбыта, разговор записывается.", next: menu}
  menu:
    menu: Чем помочь?
    choices:
      readings: {key: "2", say: [показания, передать показания], next: readings}
  readings:
    bot: readings
    outcomes: {accepted: bye, transferred: people, no_match: people, billing_away: people}
  bye: {say: До свидания!, next: done}
  people: {queue: operators, topic: показания, served: done, timeout: done, no_operators: done}
  done: {end: self_served}
"""


class Voice:
    async def utterance(
        self, text: str, slots: Mapping[str, object], *, pace: float = 1.0, louder: bool = False
    ) -> Utterance:
        return Utterance(spelled(pieces(text, slots)), (), 0.0)


class Notes:
    def note(self, kind: Kind, **data: object) -> None:
        return None


def billing(*away: str, two_zones: bool = False) -> TableDesk:
    desk = TableDesk(
        accounts=[Account(NUMBER, "г. Бийск, ул. Мерлина, 12, кв. 5", "Бийск")],
        phones={CALLER: [NUMBER]},
        its_meters={NUMBER: [*(meter(TWO) if two_zones else meter(SINGLE))]},
        away=frozenset(away),
        now=NOW,
    )
    desk.awaits = Awaits()
    return desk


async def rung(folder: Path, desk: TableDesk, *lines: str) -> tuple[TextPhone, str]:
    (folder / "flows").mkdir()
    (folder / "line.yaml").write_text('title: Т\nnumbers: {"100": main}\nqueues: {operators: О}\n', encoding="utf-8")
    (folder / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    dialplan, _ = read(folder)
    assert dialplan is not None
    clock = VirtualClock(NOW)
    phone = TextPhone(CallInfo(UUID(int=1), "100", CALLER, "channel", "1.1", "1.1"), Script(acts(lines)), clock=clock)
    services = Services(desk=desk, new_key=lambda: new_id(clock.now()), dialogues=DIALOGUES, rules=HouseRules())
    call = open_call(
        dialplan, Wordings(dialplan.types), phone, Voice(), Notes(), services,
        clock=clock, recordings=folder, prompts=TEXTS,
    )  # fmt: skip
    return phone, (await live(call, "main")).exit


async def test_the_shortest_good_call_takes_four_turns_and_less_than_25_seconds_of_speech(tmp_path: Path) -> None:
    desk = billing()
    phone, ended = await rung(tmp_path, desk, "показания", "да", "двенадцать триста сорок пять", "да")
    assert ended == "self_served"
    assert [dict(one.values) for one in desk.stored] == [{"single": 12345}]
    assert sum(speaking_seconds(Utterance(text, (), 0.0)) for text in phone.heard) <= 25
    assert len(phone.heard) == 7


async def test_an_operator_is_handed_what_the_robot_heard(tmp_path: Path) -> None:
    lines = ("показания", "да", "день двенадцать триста сорок пять ночь шесть семьсот", "да", "оператора")
    phone, _ = await rung(tmp_path, billing(two_zones=True), *lines)
    seen = phone.queued[0].context
    assert seen["account"] == NUMBER
    assert (seen["level"], seen["topic"]) == ("L1", "показания")
    assert seen["draft"] == "день принят 12345, ночь 6700, без подтверждения"
    assert seen["caller"] == "номер телефона в базе"


async def test_billing_away_is_said_and_a_person_is_told_why(tmp_path: Path) -> None:
    phone, _ = await rung(tmp_path, billing("*"), "показания")
    assert phone.heard[-1] == "Сейчас не получается открыть лицевой счёт. Соединяю с оператором."
    assert phone.queued[0].context["robot"] == "Принять показания: биллинг не отвечает, позвонившему это сказано"
