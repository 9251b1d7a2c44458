"""What a flow knows of its call: the variables it has set and those that are always there (docs/dialplans.md).

Most built-in ones are told at once. A few must be asked of billing: they are fetched when the first expression that
names one is about to be evaluated, and once a call. Billing that is away leaves them `none`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo

import structlog

from bots.desk import Account, Desk, DeskAway
from bots.disclosure import Level
from bots.period import Window
from bots.seat import Caller, HouseRules
from ivr.call.phone import CallInfo
from ivr.call.services import Services
from ivr.clock import Clock
from ivr.flow.expression import Expression, Value

log = structlog.get_logger(__name__)

LEVELS: Mapping[Level, int] = {Level.L0: 0, Level.L1: 1, Level.L1D: 1, Level.L2: 2, Level.L3: 3}
_FETCHED = frozenset({"caller.known", "caller.kind", "territory", "window.open", "resumable", "emergency.on"})


class Variables(Mapping[str, Value]):
    """Variables by name. A name that is not known is `none`, as expressions want it."""

    def __init__(
        self, info: CallInfo, supplier: str, card: Caller, services: Services, clock: Clock, zone: tzinfo
    ) -> None:
        self._info, self._supplier, self._card = info, supplier, card
        self._services, self._clock, self._zone = services, clock, zone
        self._set: dict[str, Value] = {}
        self._fetched: dict[str, Value] = {}
        self._fetched_for: dict[str, str | None] = {}
        self.topic: str | None = None
        self.topic_title: str | None = None
        self.topics_ahead: list[str] = []
        """Topics the caller named besides, not served yet."""
        self.looked_up: Account | None = None
        """The account a `lookup` found; the caller has not said that it is theirs."""
        self._told: Mapping[str, Callable[[], Value]] = {
            "caller.phone": lambda: info.caller,
            "caller.hidden": lambda: info.caller is None,
            "call.number": lambda: info.dialled,
            "call.supplier": lambda: supplier,
            "today": lambda: self._now().date(),
            "now": lambda: clock.now(),
            "hour": lambda: self._now().hour,
            "weekday": lambda: self._now().isoweekday(),
            "calendar.day": self._day,
            "account": lambda: self.account.number if self.account else None,
            "level": lambda: LEVELS[card.level],
            "topic": lambda: self.topic,
            "topic_title": lambda: self.topic_title,
            "topic_ahead": lambda: bool(self.topics_ahead),
            "besides": lambda: card.said or None,
        }

    # -- reading and setting -------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Value:
        if name in self._set:
            return self._set[name]
        if name in self._fetched:
            return self._fetched[name]
        told = self._told.get(name)
        if told is not None:
            return told()
        first, _, rest = name.partition(".")
        if first == "calendar":
            return self._schedule(rest)
        if first == "queue":
            return self._queue(rest)
        return None

    def __iter__(self) -> Iterator[str]:
        return iter((*self._set, *self._told))

    def __len__(self) -> int:
        return len(self._set) + len(self._told)

    def set(self, name: str, value: Value) -> None:
        self._set[name] = value

    def update(self, values: Mapping[str, Value]) -> None:
        self._set.update(values)

    @property
    def own(self) -> Mapping[str, Value]:
        """What this call's steps have set."""
        return dict(self._set)

    async def value(self, expression: Expression) -> Value:
        await self.fetch(expression.names())
        return expression.value(self)

    async def true(self, expression: Expression) -> bool:
        return await self.value(expression) is True

    @property
    def account(self) -> Account | None:
        """Whose account this call is about, as far as it is known."""
        return self._card.account or self.looked_up

    # -- what billing is asked for -------------------------------------------------------------------------------

    async def fetch(self, names: Iterable[str]) -> None:
        """Make these names ready to be read."""
        for name in names:
            if name not in _FETCHED:
                continue
            # What is true of one account is asked anew once the caller turns out to have another.
            about = self.account.number if self.account else None
            if self._fetched_for.get(name, "") != about:
                self._fetched_for[name] = about
                try:
                    self._fetched[name] = await self._ask(name)
                except DeskAway as away:
                    self._fetched[name] = None
                    log.warning(
                        "billing is away: a variable stays unknown", action="variable", name=name, why=str(away)
                    )

    async def accounts(self) -> list[Account]:
        """The accounts of the caller's telephone; raises `DeskAway`."""
        if self._card.linked is None:
            phone = self._info.caller
            self._card.linked = await self._desk.accounts_by_phone(phone) if phone else ()
        return list(self._card.linked)

    async def one_account(self) -> Account | None:
        """The account this call is about, else the only one of the caller's telephone."""
        if self.account is not None:
            return self.account
        linked = await self.accounts()
        return linked[0] if len(linked) == 1 else None

    @property
    def _desk(self) -> Desk:
        return self._services.desk

    async def _ask(self, name: str) -> Value:
        match name:
            case "caller.known":
                return bool(await self.accounts())
            case "caller.kind":
                linked = await self.accounts()
                return "business" if any(account.business for account in linked) else "person"
            case "territory":
                account = await self.one_account()
                return account.territory or None if account is not None else None
            case "window.open":
                return await self._window_open()
            case "emergency.on":
                return bool(await self.on_air())
        return await self._resumable()

    async def on_air(self) -> list[str]:
        """The names of the emergencies this caller would hear of."""
        if not self._services.emergencies.anything(self._clock.now()):
            return []
        accounts = await self.accounts()
        territory = accounts[0].territory if accounts else ""
        found = self._services.emergencies.on_air(self._clock.now(), territory, accounts)
        return [emergency.name for emergency in found]

    async def _window_open(self) -> bool:
        account = await self.one_account()
        windows: list[Window | None] = [self._rules.window]
        if account is not None:
            meters = await self._desk.meters(account.number)
            windows = [meter.window or self._rules.window for meter in meters] or windows
        day = self._rules.day(self._clock.now(), account)
        return any(window is None or window.open_on(day) for window in windows)

    async def _resumable(self) -> bool:
        since = self._clock.now() - timedelta(minutes=self._rules.draft_minutes)
        for account in await self.accounts():
            if await self._desk.drafts(account.number, since):
                return True
        return False

    @property
    def _rules(self) -> HouseRules:
        return self._services.rules

    # -- what is told at once ------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return self._clock.now().astimezone(self._zone)

    def _day(self) -> Value:
        if self._services.hours is None:
            return "working" if self._now().isoweekday() <= 5 else "off"
        kind = self._services.hours.day_type(self._now().date())
        return "short" if kind.value == "short" else "working" if kind.works else "off"

    def _schedule(self, rest: str) -> Value:
        schedule, _, fact = rest.rpartition(".")
        hours, now = self._services.hours, self._clock.now()
        if hours is None:
            return None
        territory = self.account.territory if self.account else self._fetched.get("territory")
        where = territory if isinstance(territory, str) and territory else None
        match fact:
            case "open":
                return hours.open_at(now, schedule, where)
            case "opens":
                return hours.opens_next(now, schedule, where)
            case "closes":
                return hours.closes_next(now, schedule, where)
        return hours.words(fact, now, schedule, where)

    def _queue(self, rest: str) -> Value:
        queue, _, fact = rest.rpartition(".")
        state = self._services.queues.now(queue)
        match fact:
            case "waiting":
                return state.waiting
            case "operators":
                return state.operators
        return state.wait_minutes
