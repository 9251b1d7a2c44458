"""Ways through every dialogue, to its end: what the caller says and what must come of it."""

from dataclasses import dataclass, field
from datetime import timedelta

from scripted_talk import CALLER, NOW, NUMBER, Conducted, conduct
from table_desk import TableDesk

from bots.catalogue import DIALOGUES
from bots.desk import Account, AccountMeter, Debt, KeptDraft, Outage, TakenReading
from bots.meters import Meter, Zone
from bots.period import Window
from bots.seat import Caller, HouseRules

OTHER = "7009998888"
TWO = Meter(5, 1, (Zone("day", 12200, 30, 5.0), Zone("night", 6700, 30, 2.0)))
THREE = Meter(5, 1, (Zone("peak", 1000, 30, 5.0), Zone("night", 800, 30, 5.0), Zone("half_peak", 2200, 30, 5.0)))
SINGLE = Meter(5, 1, (Zone("single", 12200, 30, 5.0),))
WATER = AccountMeter("77001122", Meter(5, 3, (Zone("single", 100, 30, 0.3),)), resource="water")
BOTH_ZONES = "день двенадцать триста сорок пять ночь шесть семьсот восемьдесят девять"


@dataclass(frozen=True)
class Course:
    """One way through a dialogue, to its end."""

    name: str
    dialogue: str
    lines: tuple[str | None, ...]
    outcome: str
    meters: tuple[AccountMeter, ...] = (AccountMeter("48210001", SINGLE),)
    mine: tuple[str, ...] = (NUMBER,)
    phone: str | None = CALLER
    said: str = ""
    inputs: dict[str, object] = field(default_factory=dict)
    window: Window | None = None
    draft: dict[str, str] = field(default_factory=dict)
    sent: bool = False

    def billing(self, *away: str) -> TableDesk:
        return TableDesk(
            accounts=[
                Account(NUMBER, "г. Бийск, ул. Мерлина, 12, кв. 5"),
                Account(OTHER, "г. Бийск, ул. Советская, 3, кв. 9"),
            ],
            phones={CALLER: list(self.mine)},
            its_meters={NUMBER: list(self.meters), OTHER: [AccountMeter("48210009", SINGLE)]},
            secrets={NUMBER: {"5", "0001"}},
            debts={NUMBER: [Debt(124000, NOW.date(), service="электроэнергия"), Debt(100, NOW.date(), service="газ")]},
            its_outages={NUMBER: [Outage("Бийск", ("Мерлина",), "ремонт", NOW, NOW + timedelta(hours=2))]},
            its_drafts=[KeptDraft(NUMBER, "48210001", self.draft, NOW - timedelta(minutes=5))] if self.draft else [],
            its_taken=[(NUMBER, TakenReading("48210001", {}, NOW - timedelta(days=2), "sms"))] if self.sent else [],
            away=frozenset(away),
        )

    async def run(self, desk: TableDesk, leaves_at: int | None = None) -> Conducted:
        return await conduct(
            DIALOGUES[self.dialogue],
            desk,
            *self.lines,
            caller=Caller(self.phone, said=self.said),
            rules=HouseRules(window=self.window),
            inputs=self.inputs,
            leaves_at=leaves_at,
        )


def meter(*meters: Meter) -> tuple[AccountMeter, ...]:
    return tuple(AccountMeter(f"4821000{at}", one) for at, one in enumerate(meters, 1))


READING = ("двенадцать триста сорок пять", "да")
COURSES = [
    Course("one zone", "readings", ("да", *READING), "accepted"),
    Course("corrected", "readings", ("да", READING[0], "нет, не пять, а шесть", "да"), "accepted"),
    Course("two zones", "readings", ("да", BOTH_ZONES, "да", "да"), "accepted", meter(TWO)),
    Course("turned", "readings", ("да", "день 6789 ночь 12300", "да", "да", "да"), "accepted", meter(TWO)),
    Course(
        "three zones",
        "readings",
        ("да", "пик тысяча сто, полупик две триста", "девятьсот", "да", "да", "да"),
        "accepted",
        meter(THREE),
    ),
    Course(
        "two meters", "readings", ("да", *READING, "сто пять", "да"), "accepted", (*meter(SINGLE), WATER)
    ),
    Course("rollover", "readings", ("да", "ноль ноль ноль сорок два", "да"), "accepted_flagged",
           meter(Meter(5, 1, (Zone("single", 99980, 30, 5.0),)))),
    Course("same", "readings", ("да", "столько же", "да"), "accepted"),
    Course("refused", "readings", ("да", "одиннадцать девятьсот", *READING), "accepted"),
    Course("said before", "readings", ("да", "да"), "accepted", said="показания двенадцать триста"),
    Course("replaced", "readings", ("да", "да", *READING), "accepted", sent=True),
    Course("resumed", "readings", ("да", "да", "6789", "да", "да"), "accepted", meter(TWO), draft={"day": "12345"}),
    Course("late", "readings", ("да", *READING), "accepted", window=Window(1, 20)),
    Course("by account", "readings", (NUMBER, "да", *READING), "accepted", phone=None),
    Course("by serial", "readings", ("не знаю", "по счётчику", "48210001", "да", *READING), "accepted", phone=None),
    Course("by address", "readings", ("не знаю", "по адресу", "мерлина 12", "5", "0001", *READING), "accepted",
           phone=None),
    Course("two accounts", "readings", ("мерлина", *READING), "accepted", mine=(NUMBER, OTHER)),
    Course("robot asked", "readings", ("вы робот", "да", *READING), "accepted"),
    Course("at once and replaced", "readings", ("да", "да", "да"), "accepted",
           said="показания двенадцать триста", sent=True),
    Course("kept", "readings", ("да", "нет"), "already_sent", sent=True),
    Course("one passed over", "readings", ("да", "не знаю", "сто пять", "да"), "accepted", (*meter(SINGLE), WATER)),
    Course("one smart", "readings", ("да", "сто пять", "да"), "accepted",
           (AccountMeter("1", SINGLE, smart=True), WATER)),
    Course("all smart", "readings", ("да", "нет"), "smart_meter", (AccountMeter("1", SINGLE, smart=True),)),
    Course("closed", "readings", ("да",), "refused_window", window=Window(28, 31, late="reject")),
    Course("not on file", "readings", ("другой адрес", OTHER, "да", *READING), "accepted"),
    Course("three refused", "readings", ("да", "одиннадцать девятьсот", "ноль", "девяносто девять тысяч"),
           "transferred"),
    Course("not proved", "balance", ("да", "1", "2", "3"), "not_proved"),
    Course("disputed", "balance", ("да", "5", "я ничего не должен"), "dispute"),
    Course("declined", "service_request", ("да", "замена", "в любой день", "нет"), "declined"),
    Course("debt not theirs", "debt_call", ("нет",), "not_owner", inputs={"account": NUMBER}),
    Course("debt disputed", "debt_call", ("да", "я ничего не должен", "нет"), "dispute", inputs={"account": NUMBER}),
    Course("reminded at once", "reminder_call", READING, "accepted", inputs={"account": NUMBER}),
    Course("stopped in a dictation", "reminder_call", ("да", READING[0], "не звоните мне больше"), "opt_out",
           inputs={"account": NUMBER}),
    Course("operator", "readings", ("да", READING[0], "с роботом не разговариваю"), "transferred"),
    Course("proved", "identify", ("да", "1", "5"), "identified", inputs={"level": "L2"}),
    Course("balance", "balance", ("да", "5", "да", "нет"), "told"),
    Course("outages", "outages", ("да",), "told"),
    Course("submitted", "submitted", ("да", "нет"), "missing"),
    Course("request", "service_request", ("да", "заменить", "в пятницу", "да", "да", "нет"), "opened"),
    Course("rating", "rating", ("два", "долго ждал"), "rated"),
    Course("debt", "debt_call", ("да", "завтра", "да"), "promise", inputs={"account": NUMBER}),
    Course("reminder", "reminder_call", ("да", *READING), "accepted", inputs={"account": NUMBER}),
    Course("outage call", "outage_call", ("да", "нет"), "told",
           inputs={"day": "25.03.2026", "from": "9:00", "until": "17:00", "reason": "замена опор"}),
    Course("visit", "visit_call", ("нет", "в пятницу", "да"), "moved",
           inputs={"day": "25.03.2026", "from": "9:00", "until": "12:00", "what": "замена счётчика"}),
    Course("survey", "survey", ("да", "три", "долго ждал"), "rated", inputs={"kind": "nps"}),
]  # fmt: skip
