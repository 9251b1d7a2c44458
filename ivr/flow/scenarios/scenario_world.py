"""What is around a rehearsed call: billing and who is known to it, operators, messages, emergencies.

Read from the keys of a scenario, or from those beside several scenarios of one file.
"""

from collections.abc import Callable
from datetime import datetime
from typing import cast, get_args

from bots.desk import (
    Account,
    AccountMeter,
    Debt,
    KeptDraft,
    Outage,
    RequestKind,
    RequestStatus,
    Resource,
    ServiceRequest,
    TakenReading,
)
from bots.meters import Meter, Zone, ZoneName
from bots.period import Late, Window
from ivr.flow.finding import Finding
from ivr.flow.scenarios.scenario_parts import (
    ORDINARY,
    Billing,
    Does,
    Known,
    OnAir,
    Ordered,
    Sent,
    Staff,
    Then,
    Transfer,
    World,
)
from ivr.flow.scenarios.scenario_values import ValueReader
from ivr.flow.source import Node, Table, Text

WORLD_KEYS = (
    "billing", "desk", "operators", "queues", "transfer", "messages", "callbacks", "emergencies", "deaf", "flow", "set",
)  # fmt: skip
_ACCOUNT = (
    "account", "address", "territory", "phones", "business", "payment", "meters", "debt", "outages", "requests",
    "draft", "taken", "bad_tries", "bad_secrets",
)  # fmt: skip
_METER = (
    "serial", "resource", "digits", "fraction", "zones", "days", "daily", "max_kw", "smart", "window", "late",
    "principal",
)  # fmt: skip


class WorldReader(ValueReader):
    def __init__(self, findings: list[Finding], at: datetime) -> None:
        super().__init__(findings)
        self._at = at

    def world(self, given: Callable[[str], Node | None]) -> World:
        nodes = [node for key in WORLD_KEYS if (node := given(key)) is not None]
        desk, queues, known = given("desk"), given("queues"), given("set")
        return World(
            place=min((node.place for node in nodes), default=None),
            billing=self._billing(given("billing")),
            answers=self._answers(given("billing")),
            desk=self._desk(desk) if desk is not None else None,
            staff=self._staff(given("operators")),
            by_queue={key.value: self._staff(node) for key, node in self.table(queues)} if queues is not None else {},
            transfer=cast(Transfer, self.one_of(given("transfer"), get_args(Transfer), "answered")),
            messages=cast(Sent, self.one_of(given("messages"), get_args(Sent), "sent")),
            callbacks=cast(Ordered, self.one_of(given("callbacks"), get_args(Ordered), "made")),
            emergencies=tuple(self._emergency(node) for node in self.rows(given("emergencies"))),
            deaf=self.yes_no(given("deaf")),
            flow=self.text(given("flow")) or None,
            known=self.pairs(known) if known is not None else {},
        )

    def _billing(self, node: Node | None) -> Billing:
        return "up" if isinstance(node, Table) else cast(Billing, self.one_of(node, get_args(Billing), "up"))

    def _answers(self, node: Node | None) -> int | None:
        if not isinstance(node, Table):
            return None
        self.known(node, ("answers",))
        return self.whole(node.get("answers"), 0, most=1000)

    def _staff(self, node: Node | None) -> Staff:
        if node is None:
            return ORDINARY.staff
        if isinstance(node, Text):
            return Staff(cast(Does, self.one_of(node, get_args(Does), "answer")))
        table = self.table(node)
        self.known(table, ("do", "wait", "talk", "waiting"))
        return Staff(
            cast(Does, self.one_of(table.get("do"), get_args(Does), "answer")),
            self.seconds(table.get("wait"), ORDINARY.staff.wait),
            self.seconds(table.get("talk"), ORDINARY.staff.talk),
            self.whole(table.get("waiting"), 0, most=10_000),
        )

    def _emergency(self, node: Node) -> OnAir:
        if isinstance(node, Text):
            return OnAir(self.text(node))
        table = self.table(node)
        self.known(table, ("text", "then", "queue"))
        then = cast(Then, self.one_of(table.get("then"), get_args(Then), "continue"))
        return OnAir(self.text(table.get("text")), then, self.text(table.get("queue")))

    # -- billing -------------------------------------------------------------------------------------------------

    def _desk(self, node: Node) -> tuple[Known, ...] | None:
        if isinstance(node, Text):
            word = self.one_of(node, ("demo", "none", "нет"), "demo")
            return None if word == "demo" else ()
        return tuple(self._account(self.table(item)) for item in self.rows(node))

    def _account(self, table: Table) -> Known:
        self.known(table, _ACCOUNT)
        number = self.text(table.get("account"))
        if not (number.isascii() and number.isdigit()):
            self.fault(table.place, "E333", f"номер лицевого счёта — из цифр, а здесь «{number}»")
        address = self.text(table.get("address"))
        phones, payment = table.get("phones"), table.get("payment")
        meters = tuple(self._meter(self.table(item)) for item in self.rows(table.get("meters")))
        first = meters[0].serial if meters else ""
        drafts = tuple(self._draft(self.table(item), number, first) for item in self.rows(table.get("draft")))
        return Known(
            Account(
                number,
                address,
                self.text(table.get("territory")),
                house=address.rsplit(", кв.", 1)[0],
                business=self.yes_no(table.get("business")),
            ),
            phones=tuple(self.texts(phones)) if phones is not None else (),
            meters=meters,
            debts=tuple(self._debt(item) for item in self.rows(table.get("debt"))),
            outages=tuple(self._outage(self.table(item)) for item in self.rows(table.get("outages"))),
            requests=tuple(self._request(self.table(item), number) for item in self.rows(table.get("requests"))),
            taken=tuple(self._taken(self.table(item), first) for item in self.rows(table.get("taken"))),
            drafts=drafts,
            last_payment=self.kopecks(payment) if payment is not None else None,
            bad_tries=self.whole(table.get("bad_tries"), 0),
            bad_secrets=self.whole(table.get("bad_secrets"), 0),
        )

    def _meter(self, table: Table) -> AccountMeter:
        self.known(table, _METER)
        zones_node, daily, window = table.get("zones"), table.get("daily"), table.get("window")
        days = self.whole(table.get("days"), 30)
        each_day = float(self.whole(daily, 5)) if daily is not None else 5.0
        zones = tuple(
            Zone(cast(ZoneName, key.value), self._previous(node), days, each_day)
            for key, node in (self.table(zones_node) if zones_node is not None else ())
        )
        return AccountMeter(
            self.text(table.get("serial")),
            Meter(
                self.whole(table.get("digits"), 5, most=12),
                self.whole(table.get("fraction"), 1, most=4),
                zones or (Zone("single"),),
                float(self.whole(table.get("max_kw"), 15)),
            ),
            cast(Resource, self.one_of(table.get("resource"), get_args(Resource), "electricity")),
            principal=self.text(table.get("principal")),
            window=self._window(window, self.one_of(table.get("late"), get_args(Late), "next_period")),
            smart=self.yes_no(table.get("smart")),
        )

    def _previous(self, node: Node) -> int | None:
        """The last reading; «-» is a meter without history."""
        return None if isinstance(node, Text) and node.value == "-" else self.whole(node, 0)

    def _window(self, node: Node | None, late: str) -> Window | None:
        if node is None:
            return None
        first, dash, last = self.text(node).partition("-")
        if not (dash and first.strip().isdigit() and last.strip().isdigit()):
            self.fault(node.place, "E334", "дни пишут так: 23-25")
            return None
        return Window(int(first), int(last), cast(Late, late))

    def _debt(self, node: Node) -> Debt:
        if isinstance(node, Text):
            return Debt(self.kopecks(node), self._at.date())
        table = self.table(node)
        self.known(table, ("sum", "as_of", "principal", "service", "penalty", "period"))
        as_of, penalty = self.moment(table.get("as_of"), self._at), table.get("penalty")
        return Debt(
            self.kopecks(table.get("sum")),
            (as_of or self._at).date(),
            self.text(table.get("principal")),
            self.text(table.get("service")),
            self.kopecks(penalty) if penalty is not None else 0,
            self.text(table.get("period")),
        )

    def _outage(self, table: Table) -> Outage:
        self.known(table, ("territory", "streets", "reason", "since", "until", "planned"))
        streets = table.get("streets")
        return Outage(
            self.text(table.get("territory")),
            tuple(self.texts(streets)) if streets is not None else (),
            self.text(table.get("reason")),
            self.moment(table.get("since"), self._at) or self._at,
            self.moment(table.get("until"), self._at),
            self.yes_no(table.get("planned")),
        )

    def _request(self, table: Table, account: str) -> ServiceRequest:
        self.known(table, ("number", "kind", "status", "at", "planned"))
        planned = self.moment(table.get("planned"), self._at)
        return ServiceRequest(
            self.text(table.get("number")) or "00001",
            account,
            cast(RequestKind, self.one_of(table.get("kind"), get_args(RequestKind), "other")),
            cast(RequestStatus, self.one_of(table.get("status"), get_args(RequestStatus), "new")),
            self.moment(table.get("at"), self._at) or self._at,
            planned.date() if planned is not None else None,
        )

    def _draft(self, table: Table, account: str, first: str) -> KeptDraft:
        self.known(table, ("serial", "heard", "at"))
        heard = table.get("heard")
        return KeptDraft(
            account,
            self.text(table.get("serial")) or first,
            self.pairs(heard) if heard is not None else {},
            self.moment(table.get("at"), self._at) or self._at,
        )

    def _taken(self, table: Table, first: str) -> TakenReading:
        self.known(table, ("serial", "values", "at", "source"))
        values = table.get("values")
        return TakenReading(
            self.text(table.get("serial")) or first,
            {
                cast(ZoneName, key.value): self.whole(node, 0)
                for key, node in (self.table(values) if values is not None else ())
            },
            self.moment(table.get("at"), self._at) or self._at,
            self.text(table.get("source")) or "voice",
        )
