"""The outbox, on both databases: nothing put in is lost, nothing in one's hands is taken by another."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ivr.cli import outbox as outbox_command
from ivr.outbox import Delivery, Message, NotNow, Outbox, Refused
from ivr.outbox.message import LONGEST_PAUSE, MOST_TRIES, pause
from ivr.outbox.outbox import KEPT, LEASE
from ivr.settings import Settings
from ivr.store import Store, open_store

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
PLACE = ("energosbyt", "billing")


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOW).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Receiver:
    """Takes messages, or says why not."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.says: Exception | None = None
        self.says_to: dict[str, Exception] = {}

    async def __call__(self, message: Message) -> Any:
        self.got.append(message.key)
        error = self.says_to.get(message.key, self.says)
        if error is not None:
            raise error
        return {"took": message.key}


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def box(store: Store, clock: Hand) -> Outbox:
    return Outbox(store, clock)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def delivery(box: Outbox, clock: Hand, receiver: Receiver) -> Delivery:
    made = Delivery(box, clock, chance=random.Random(1))
    made.serve(*PLACE, receiver)
    return made


async def put(store: Store, box: Outbox, *keys: str, leased: bool = False) -> list[Message]:
    async with store.writing() as connection:
        return [
            await box.put(connection, PLACE[0], "reading", PLACE[1], key, {"key": key}, leased=leased) for key in keys
        ]


async def states(box: Outbox) -> dict[str, tuple[str, int]]:
    found = await box.find(PLACE[0], states=("waiting", "set_aside", "delivered"))
    return {message.key: (message.state, message.tries) for message in found}


async def test_a_message_is_handed_over_once(
    store: Store, box: Outbox, delivery: Delivery, receiver: Receiver, clock: Hand
) -> None:
    await put(store, box, "a", "b", "a")
    assert await delivery.deliver_due() == 2
    clock.at += timedelta(days=1)
    assert await delivery.deliver_due() == 0
    assert sorted(receiver.got) == ["a", "b"]
    assert await states(box) == {"a": ("delivered", 1), "b": ("delivered", 1)}


async def test_what_its_transaction_did_not_commit_was_never_put_in(store: Store, box: Outbox) -> None:
    async def fails() -> None:
        async with store.writing() as connection:
            await box.put(connection, *(PLACE[0], "reading", PLACE[1], "a"), {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    assert await states(box) == {}


async def test_two_workers_never_take_the_same_message(
    store: Store, box: Outbox, settings: Settings, clock: Hand
) -> None:
    await put(store, box, *(str(n) for n in range(60)))
    async with await open_store(settings) as other_store:
        boxes = [box, Outbox(other_store, clock)]
        taken = await asyncio.gather(*(boxes[n % 2].take([PLACE], 7) for n in range(12)))
        rest = await box.take([PLACE], 60)
    keys = [message.key for lot in [*taken, rest] for message in lot]
    assert sorted(keys, key=int) == [str(n) for n in range(60)]


async def test_who_dies_with_a_message_lets_go_of_it(
    store: Store, box: Outbox, delivery: Delivery, receiver: Receiver, clock: Hand
) -> None:
    await put(store, box, "a")
    (held,) = await box.take([PLACE], 10)
    assert await delivery.deliver_due() == 0
    clock.at += LEASE
    assert await delivery.deliver_due() == 1
    # Whoever held it and wakes up again has nothing to say any more.
    await box.postpone(held, timedelta(0), "too late")
    await box.set_aside(held, "too late")
    assert await states(box) == {"a": ("delivered", 2)}


async def test_a_message_put_in_by_whoever_hands_it_over_himself_waits_for_him(
    store: Store, box: Outbox, delivery: Delivery, clock: Hand
) -> None:
    (mine,) = await put(store, box, "a", leased=True)
    assert mine.lease is not None
    (again,) = await put(store, box, "a", leased=True)
    assert (again.id, again.lease) == (mine.id, None)
    assert await delivery.deliver_due() == 0
    await box.delivered(mine)
    clock.at += LEASE
    assert await delivery.deliver_due() == 0


async def test_while_a_receiver_is_away_it_is_asked_with_one_message_and_longer_pauses(
    store: Store, box: Outbox, delivery: Delivery, receiver: Receiver, clock: Hand
) -> None:
    await put(store, box, *(str(n) for n in range(30)))
    receiver.says = NotNow("nobody there")
    await delivery.deliver_due()
    asked = len(receiver.got)
    for _ in range(360):
        clock.at += timedelta(seconds=10)
        await delivery.deliver_due()
    assert 10 < len(receiver.got) - asked < 40
    receiver.says, receiver.got = None, []
    while await delivery.deliver_due() or len(receiver.got) < 30:
        clock.at += timedelta(seconds=30)
    assert len(receiver.got) == 30
    assert {state for state, _ in (await states(box)).values()} == {"delivered"}


async def test_a_message_its_receiver_keeps_failing_on_is_set_aside_and_holds_up_no_other(
    store: Store, box: Outbox, delivery: Delivery, receiver: Receiver, clock: Hand
) -> None:
    receiver.says_to["bad"] = NotNow("500 out of cheese", answered=True)
    await put(store, box, "bad")
    for n in range(MOST_TRIES + 5):
        await put(store, box, str(n))
        await delivery.deliver_due()
        clock.at += timedelta(hours=1)
    assert receiver.got.count("bad") == MOST_TRIES
    (bad,) = await box.find(PLACE[0])
    assert (bad.key, bad.state, "500 out of cheese" in bad.reason) == ("bad", "set_aside", True)


async def test_days_without_a_receiver_set_nothing_aside(
    store: Store, box: Outbox, delivery: Delivery, receiver: Receiver, clock: Hand
) -> None:
    await put(store, box, "a")
    receiver.says = NotNow("nobody there")
    for _ in range(100):
        clock.at += timedelta(hours=2)
        await delivery.deliver_due()
    assert len(receiver.got) > 90
    assert await states(box) == {"a": ("waiting", 0)}


async def test_what_is_refused_is_set_aside_at_once_and_goes_out_when_a_person_says_so(
    store: Store, box: Outbox, delivery: Delivery, receiver: Receiver
) -> None:
    await put(store, box, "a")
    receiver.says = Refused("422 no such account")
    await delivery.deliver_due()
    (aside,) = await box.find(PLACE[0])
    assert (aside.state, aside.reason) == ("set_aside", "422 no such account")
    assert await delivery.deliver_due() == 0
    receiver.says = None
    assert await box.retry(PLACE[0], [aside.id]) == 1
    assert await delivery.deliver_due() == 1
    assert await states(box) == {"a": ("delivered", 1)}


async def test_a_receiver_is_not_asked_before_it_said(
    store: Store, box: Outbox, delivery: Delivery, receiver: Receiver, clock: Hand
) -> None:
    await put(store, box, "a")
    receiver.says = NotNow("429", answered=True, retry_after=600)
    await delivery.deliver_due()
    clock.at += timedelta(seconds=599)
    assert await delivery.deliver_due() == 0
    clock.at += timedelta(seconds=1)
    assert await delivery.deliver_due() == 1


async def test_a_fault_of_ours_costs_one_message(
    store: Store, box: Outbox, delivery: Delivery, receiver: Receiver
) -> None:
    await put(store, box, "a", "b")
    receiver.says_to["a"] = KeyError("surprise")
    await delivery.deliver_due()
    assert await states(box) == {"a": ("waiting", 1), "b": ("delivered", 1)}


async def test_a_running_worker_is_woken_by_what_is_put_in(store: Store, settings: Settings) -> None:
    from ivr.clock import SystemClock

    box, arrived = Outbox(store, SystemClock()), asyncio.Event()

    async def sender(message: Message) -> None:
        arrived.set()

    delivery = Delivery(box, SystemClock())
    delivery.serve(*PLACE, sender)
    running = asyncio.create_task(delivery.run())
    await put(store, box, "a")
    delivery.wake()
    async with asyncio.timeout(20):
        await arrived.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_worker_outlives_a_database_that_was_away(store: Store, settings: Settings) -> None:
    from sqlalchemy import text

    from ivr.clock import SystemClock

    box, arrived = Outbox(store, SystemClock()), asyncio.Event()

    async def sender(message: Message) -> None:
        arrived.set()

    await put(store, box, "a")
    async with store.writing() as connection:
        await connection.execute(text("ALTER TABLE outbox RENAME TO outbox_away"))
    delivery = Delivery(box, SystemClock())
    delivery.serve(*PLACE, sender)
    running = asyncio.create_task(delivery.run())
    for _ in range(5):
        await asyncio.sleep(0)
        delivery.wake()
    async with store.writing() as connection:
        await connection.execute(text("ALTER TABLE outbox_away RENAME TO outbox"))
    async with asyncio.timeout(30):
        await arrived.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_what_was_delivered_is_forgotten_after_a_month(
    store: Store, box: Outbox, delivery: Delivery, clock: Hand
) -> None:
    await put(store, box, "a")
    await delivery.deliver_due()
    assert await box.forget(clock.now() - KEPT) == 0
    clock.at += KEPT + timedelta(seconds=1)
    assert await box.forget(clock.now() - KEPT) == 1


def test_pauses_grow_to_a_bound_and_are_spread() -> None:
    longest = [pause(failures, 1.0) for failures in range(1, 40)]
    assert longest == sorted(longest)
    assert (longest[0].total_seconds(), longest[-1]) == (5.0, LONGEST_PAUSE)
    assert pause(3, 0.0) == pause(3, 1.0) / 2


def test_the_command_lists_what_waits_and_lets_it_be_tried_again(settings: Settings, tmp_path: Path) -> None:
    async def prepare() -> None:
        async with await open_store(settings) as store:
            box = Outbox(store, Hand())
            await put(store, box, "a", "b")
            for message in await box.take([PLACE], 1):
                await box.set_aside(message, "422 no such account")

    asyncio.run(prepare())
    app = typer.Typer()
    outbox_command.register(app)
    runner = CliRunner(env={"GUDOK_DATABASE": settings.database} if settings.database else {})
    here = ["--data", str(tmp_path)]
    listed = runner.invoke(app, ["outbox", "list", "--json", *here])
    assert (listed.exit_code, listed.stdout.count("\n"), "422 no such account" in listed.stdout) == (1, 2, True)
    assert "отложено" in runner.invoke(app, ["outbox", "list", *here]).stdout
    retried = runner.invoke(app, ["outbox", "retry", *here])
    assert (retried.exit_code, "1 to be tried again" in retried.stderr) == (0, True)
    assert runner.invoke(app, ["outbox", "list", *here]).exit_code == 0
    assert runner.invoke(app, ["outbox", "retry", "x", *here]).exit_code == 2
    assert runner.invoke(app, ["outbox", "retry", "0" * 32, *here]).exit_code == 1
