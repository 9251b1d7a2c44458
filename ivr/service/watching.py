"""The watch: every ten seconds the rules are held against the figures, and whoever must know is told, once.

What was told of is kept in the database in the transaction that fills the outbox, so that a restart neither repeats an
alert nor forgets to say that it is over. Reports by schedule go out the same way: once a period, whoever restarts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.alerts import schedule, words
from ivr.alerts.measures import Samples
from ivr.alerts.rules import WELL, Notice, Standing, step
from ivr.alerts.settings import NONE, Alerts
from ivr.alerts.tables import alerts
from ivr.clock import Clock
from ivr.ids import new_id
from ivr.journal.metrics import loss, service_level, total
from ivr.journal.periods import By
from ivr.journal.rollups import tallies_by
from ivr.messages import letters
from ivr.messages.gateways import Attached
from ivr.outbound.tables import callbacks
from ivr.outbox import Outbox
from ivr.service.measures import Figure
from ivr.service.scheduled import workbook_of
from ivr.store import Store
from ivr.store.engine import reason
from ivr.webhooks.bodies import alert
from ivr.webhooks.subscription import Subscription, wanted

log = structlog.get_logger(__name__)

LOOK_SECONDS = 10.0
COUNT_EVERY = 6
"""Figures that the database has to count are counted anew in every so many looks."""
HALF_AN_HOUR = timedelta(minutes=30)
AWAY = (DBAPIError, NoConnection, OSError)


@dataclass
class Watched:
    """One supplier, or the whole line: what is watched for it and who is told."""

    supplier: str
    title: str
    zone: tzinfo
    alerts: Alerts = NONE
    webhooks: Sequence[Subscription] = ()
    standings: dict[str, Standing] = field(default_factory=dict)
    open: dict[str, UUID] = field(default_factory=dict)
    """Rows of alerts that were told of and are not over, by rule."""


class Watching:
    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        clock: Clock,
        *,
        mail: bool,
        wake: Callable[[], None],
    ) -> None:
        """`mail`: whether letters can go out at all."""
        self._store, self._outbox, self._clock = store, outbox, clock
        self._mail, self._wake = mail, wake
        self._samples = Samples()
        self._watched: dict[str, Watched] = {}
        self._counted: list[Figure] = []

    def know(
        self, slug: str, title: str, zone: tzinfo, told: Alerts, webhooks: Sequence[Subscription], *, of: str = ""
    ) -> None:
        """From now on this is watched for this supplier; `of` names a further file of rules beside its own."""
        key = f"{slug}/{of}" if of else slug
        kept = self._watched.get(key)
        self._watched[key] = Watched(
            slug, title, zone, told, webhooks, kept.standings if kept else {}, kept.open if kept else {}
        )

    async def run(self, figures: Callable[[], Iterable[Figure]]) -> None:
        looks, remembered = 0, False
        while True:
            try:
                if not remembered:
                    await self.remember()
                    remembered = True
                if looks % COUNT_EVERY == 0:
                    await self.count()
                    await self.send_reports()
                await self.look(figures())
            except AWAY as error:
                log.warning("the watch cannot write what it sees", action="alerts.away", why=reason(error))
            except Exception:  # the one guard of a look: a fault of ours must not end the watch until a restart
                log.exception("a look of the watch failed", action="alerts.fault")
            looks += 1
            await self._clock.sleep(LOOK_SECONDS)

    async def remember(self) -> None:
        """Take up the alerts that were told of before a restart."""
        query = select(alerts).where(alerts.c.cleared_at.is_(None)).order_by(alerts.c.raised_at)
        async with self._store.reading() as connection:
            rows = (await connection.execute(query)).all()
        for row in rows:
            key, _, rule = row.rule.rpartition(":")
            watched = self._watched.get(key)
            if watched is not None:
                watched.standings[rule] = Standing(row.since, row.raised_at, row.worst)
                watched.open[rule] = row.id

    async def look(self, figures: Iterable[Figure]) -> int:
        """Hold every rule against the figures of now; how many notices that made."""
        now = self._clock.now()
        self._samples.take([*figures, *self._counted], now)
        told = 0
        for key, watched in self._watched.items():
            for rule in watched.alerts.rules:
                value = self._samples.value(rule.measure, watched.supplier, rule.of)
                before = watched.standings.get(rule.name, WELL)
                after, notice = step(rule, before, value, now)
                if notice is not None:
                    where = self._samples.where(rule.measure, watched.supplier, rule.of)
                    await self._tell(key, watched, replace(notice, where=where))
                    told += 1
                watched.standings[rule.name] = after  # only now: what could not be told is told at the next look
        if told:
            self._wake()
        return told

    async def _tell(self, key: str, watched: Watched, notice: Notice) -> None:
        rule, supplier = notice.rule, watched.supplier
        subject = words.subject(notice, watched.title)
        text = words.text(notice, watched.title, watched.zone)
        say = log.error if notice.what == "raised" else log.warning
        say(subject, action=f"alert.{notice.what}", supplier=supplier, rule=rule.name, value=notice.value)
        if rule.to and not self._mail:
            log.error("no mail server is set: nobody gets this alert's letter", action="alert.no_mail", rule=rule.name)
        async with self._store.writing() as connection:
            id_ = await self._keep(connection, key, watched, notice)
            message = f"alert-{id_}-{notice.what}"
            for to in rule.to if self._mail else ():
                payload = letters.letter(to, subject, text)
                await self._outbox.put(
                    connection, supplier, letters.KIND, letters.DESTINATION, f"{message}-{to}", payload
                )
            body = alert(supplier, message, notice.at, _told(notice, subject, text))
            for one in wanted(watched.webhooks, "alert"):
                await self._outbox.put(connection, supplier, "webhook:alert", one.destination, body.key, body.fields)

    async def _keep(self, connection: AsyncConnection, key: str, watched: Watched, notice: Notice) -> UUID:
        rule = notice.rule
        if notice.what == "raised":
            id_ = new_id(notice.at)
            row = {"id": id_, "supplier": watched.supplier, "rule": f"{key}:{rule.name}", "measure": rule.measure}
            times = {"since": notice.since, "raised_at": notice.at, "cleared_at": None, "worst": notice.worst}
            await connection.execute(alerts.insert().values(**row, **times))
            watched.open[rule.name] = id_
            return id_
        id_ = watched.open.pop(rule.name) if rule.name in watched.open else new_id(notice.at)
        change = update(alerts).where(alerts.c.id == id_).values(cleared_at=notice.at, worst=notice.worst)
        await connection.execute(change)
        return id_

    # -- figures that have to be counted -------------------------------------------------------------------------

    async def count(self) -> None:
        """The service level and the loss of the last half hour, and the callbacks nobody made today."""
        now = self._clock.now()
        found: list[Figure] = []
        for watched in {one.supplier: one for one in self._watched.values()}.values():
            labels = {"supplier": watched.supplier}
            tallies = await tallies_by(self._store, watched.supplier, now - HALF_AN_HOUR, now, By.HOUR, watched.zone)
            half_hour = total(tallies.values())
            level, lost = service_level(half_hour), loss(half_hour)
            if level is not None:
                found.append(Figure("service_level", "Share answered within 60 s in the last half hour", level, labels))
            if lost is not None:
                found.append(Figure("loss", "Share of queued calls lost in the last half hour", lost, labels))
            midnight = now.astimezone(watched.zone).replace(hour=0, minute=0, second=0, microsecond=0)
            query = select(func.count()).where(
                callbacks.c.supplier == watched.supplier, callbacks.c.state == "expired",
                callbacks.c.closed_at >= midnight,
            )  # fmt: skip
            async with self._store.reading() as connection:
                expired = (await connection.execute(query)).scalar_one()
            found.append(Figure("callbacks_expired_today", "Callbacks that were not made in time", expired, labels))
        self._counted = found

    def figures(self) -> Iterator[Figure]:
        yield from self._counted
        for slug, raised in self._raised().items():
            yield Figure("alerts_raised", "Alerts that are not over", raised, {"supplier": slug})

    def _raised(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for one in self._watched.values():
            found[one.supplier] = found.get(one.supplier, 0) + len(one.open)
        return found

    # -- reports by schedule -------------------------------------------------------------------------------------

    async def send_reports(self) -> int:
        """Put the reports whose hour has come into the outbox, each once; how many letters that made."""
        now, sent = self._clock.now(), 0
        for watched in self._watched.values():
            for one in watched.alerts.reports:
                due = schedule.due(one, now, watched.zone)
                if due is not None:
                    sent += await self._send(watched, one, due, now)
        if sent:
            self._wake()
        return sent

    async def _send(self, watched: Watched, one: schedule.Scheduled, due: schedule.Due, now: datetime) -> int:
        waits = [to for to in one.to if not await self._is_sent(watched, one, due, to)]
        if not waits or not self._mail:
            return 0
        title = f"{schedule.TITLES[one.report]}, {due.period} — {watched.title}"
        book = await workbook_of(self._store, watched.supplier, one.report, due, watched.zone)
        attached = Attached(
            f"{watched.supplier}-{one.report}-{due.period}.xlsx", book, "application",
            "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )  # fmt: skip
        text = f"{title}.\n\nОтчёт приложен. Отправлен по расписанию «{one.name}» в alerts.yaml."
        async with self._store.writing() as connection:
            for to in waits:
                payload = letters.letter(to, title, text, attached)
                await self._outbox.put(
                    connection, watched.supplier, letters.KIND, letters.DESTINATION, _key(one, due, to), payload
                )
        log.info("a report goes out", action="report.sent", supplier=watched.supplier, report=one.name, of=due.period)
        return len(waits)

    async def _is_sent(self, watched: Watched, one: schedule.Scheduled, due: schedule.Due, to: str) -> bool:
        return await self._outbox.has(watched.supplier, letters.KIND, letters.DESTINATION, _key(one, due, to))


def _key(one: schedule.Scheduled, due: schedule.Due, to: str) -> str:
    return f"report-{one.name}-{due.period}-{to}"


def _told(notice: Notice, subject: str, text: str) -> dict[str, object]:
    return {
        "state": notice.what,
        "rule": notice.rule.name,
        "measure": notice.rule.measure,
        "value": notice.value,
        "worst": notice.worst,
        "limit": notice.rule.limit,
        "where": notice.where,
        "since": notice.since.isoformat(timespec="seconds"),
        "subject": subject,
        "text": text,
    }
