"""A service keeps up with what is published, whatever comes: a text nobody can speak, a database that is away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from live.test_store_versions import folder_of, published
from sqlalchemy import text

from ivr.flow.published.contents import Contents, read_contents
from ivr.flow.published.following import TRY_AGAIN, CannotPrepare, Edition, Follower, Followers
from ivr.flow.published.on_air import OnAir, Place
from ivr.flow.published.publishing import Refused, put_draft
from ivr.flow.published.trial import Checked, Tried
from ivr.flow.published.versions import Versions
from ivr.settings import load
from ivr.store import Store, open_store
from ivr.store.news import Item, Reader

NEWS = Item(1, datetime(2026, 3, 4, tzinfo=UTC), "dialplan", "svet", {})


class Hand:
    """A clock turned by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.turned = asyncio.Event()

    def now(self) -> datetime:
        return datetime(2026, 3, 4, 9, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.turned.set()
        await asyncio.sleep(0)


class House:
    """One supplier's follower with everything around it."""

    def __init__(self, store: Store, place: Path) -> None:
        self.clock = Hand()
        self.store = store
        self.versions = Versions(store, self.clock)
        self.on_air = OnAir[Edition]()
        self.unspeakable = ""
        self.broken = False
        self.unpack_in = place / "run"
        self.folder = folder_of(place)
        self.follower = self.make()

    def make(self, supplier: str = "svet") -> Follower[Edition]:
        return Follower(
            self.versions,
            self.on_air,
            self.prepare,
            supplier=supplier,
            folder=self.folder.parent / supplier,
            unpack_in=self.unpack_in,
            clock=self.clock,
        )

    async def prepare(self, edition: Edition) -> Edition:
        if self.broken:
            raise KeyError("a fault of ours")
        if self.unspeakable and any(self.unspeakable in said for said in edition.dialplan.texts()):
            raise CannotPrepare("a text cannot be spoken")
        return edition

    async def heard(self) -> None:
        self.follower.heard(NEWS)
        await self.follower.keep_up()

    @property
    def version(self) -> int | None:
        edition = self.on_air.now(Place("svet"))
        assert edition is not None
        assert edition.version == self.follower.version
        return edition.version


@pytest.fixture(params=["sqlite", "postgresql"])
async def new_house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with await open_store(load(data=tmp_path / "data", database=url)) as store:
        yield House(store, tmp_path)


@pytest.fixture
async def house(new_house: House) -> House:
    await new_house.follower.start()
    return new_house


async def test_the_first_start_publishes_and_serves_the_folder(house: House) -> None:
    assert house.version == 1
    live = await house.versions.live("svet")
    assert live is not None
    assert live.number == 1


async def test_nothing_happens_without_news(house: House) -> None:
    await published(house.versions, folder_of(house.folder.parent, text="Второе."))
    await house.follower.keep_up()
    assert house.version == 1
    await house.heard()
    assert house.version == 2


async def test_what_nobody_can_speak_leaves_the_old_words_until_it_is_mended(house: House) -> None:
    house.unspeakable = "Ъ"
    await published(house.versions, folder_of(house.folder.parent, text="Ъ."))
    await house.heard()
    assert (house.version, house.follower.refused) == (1, 1)
    await published(house.versions, folder_of(house.folder.parent, text="Слова."))
    await house.heard()
    assert (house.version, house.follower.refused) == (3, 1)


async def test_a_fault_of_ours_in_making_a_version_ready_does_not_stop_the_following(house: House) -> None:
    house.broken = True
    await published(house.versions, folder_of(house.folder.parent, text="Второе."))
    await house.heard()
    assert (house.version, house.follower.refused) == (1, 1)
    house.broken = False
    await published(house.versions, folder_of(house.folder.parent, text="Третье."))
    await house.heard()
    assert house.version == 3


async def test_while_the_database_is_away_the_line_goes_on_and_catches_up_later(house: House) -> None:
    await published(house.versions, folder_of(house.folder.parent, text="Второе."))
    async with house.store.writing() as connection:
        await connection.execute(text("ALTER TABLE dialplan_live RENAME TO away"))
    await house.heard()
    assert house.version == 1
    async with house.store.writing() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO dialplan_live"))
    await house.follower.keep_up()
    assert house.version == 1
    house.clock.seconds += TRY_AGAIN
    await house.follower.keep_up()
    assert house.version == 2


async def test_a_broken_folder_does_not_stop_a_start_with_something_live(house: House) -> None:
    (house.folder / "line.yaml").write_text("title: [", encoding="utf-8")
    house.follower = house.make()
    await house.follower.start()
    assert house.version == 1
    await house.follower.keep_up()
    assert house.follower.differs


async def test_a_live_version_this_gudok_cannot_serve_is_named_with_the_way_out(house: House) -> None:
    broken = Contents({**read_contents(house.folder).files, "flows/main.yaml": b"start: nowhere\nsteps: {}\n"})
    await house.versions.publish(
        "svet", broken, who="старый гудок", why="мимо проверки", base=1, numbers=[], checked=Checked(0, 0, {}),
        tried=Tried(),
    )  # fmt: skip
    with pytest.raises(CannotPrepare, match=r"(?s)version 2 of svet.*E111.*checkout 2 DIR.*gudok rollback svet"):
        await house.make().start()


async def test_a_broken_folder_stops_the_very_first_start(tmp_path: Path) -> None:
    async with await open_store(load(data=tmp_path / "data")) as store:
        house = House(store, tmp_path)
        (house.folder / "line.yaml").write_text("title: [", encoding="utf-8")
        with pytest.raises(Refused, match=r"line\.yaml:2:1 E004"):
            await house.follower.start()


async def test_a_draft_of_the_same_files_may_come_and_go_under_a_call(house: House) -> None:
    draft = Place("svet", draft=True)
    folder = folder_of(house.folder.parent, text="Черновик.")
    await put_draft(house.versions, folder, who="Анна")
    await house.heard()
    with house.on_air.hold(draft) as first:
        await house.versions.drop_draft("svet", who="Анна")
        await house.heard()
        assert house.on_air.now(draft) is None
        await put_draft(house.versions, folder, who="Анна")
        await house.heard()
        assert (first.folder / "line.yaml").exists()
    assert not first.folder.exists()
    with house.on_air.hold(draft) as second:
        assert (second.folder / "line.yaml").exists()
    assert house.version == 1


async def test_what_an_earlier_service_unpacked_is_gone_after_a_start(house: House) -> None:
    left = house.unpack_in / "svet" / "7-left"
    left.mkdir(parents=True)
    house.follower = house.make()
    await house.follower.start()
    assert not left.exists()


async def keep_up(house: House, followers: Followers[Edition], until: Callable[[], bool]) -> None:
    """Let them run, a turn of the clock at a time, until something is so."""
    running = asyncio.create_task(followers.run())
    try:
        async with asyncio.timeout(30):
            while not until():
                house.clock.turned.clear()
                await house.clock.turned.wait()
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_a_supplier_who_is_published_while_the_service_runs_is_served(house: House) -> None:
    followers = Followers(house.versions, Reader(house.store), house.make, house.clock)
    await followers.start("svet", ["svet"])
    assert house.on_air.now(Place("teplo")) is None
    await published(house.versions, folder_of(house.folder.parent, "teplo", number="88002000000"))
    await keep_up(house, followers, lambda: {each.supplier for each in followers} == {"svet", "teplo"})
    assert house.on_air.now(Place("teplo")) is not None


async def test_what_was_published_between_the_start_and_the_first_look_is_not_missed(house: House) -> None:
    followers = Followers(house.versions, Reader(house.store), house.make, house.clock)
    await followers.start("svet", [])
    await published(house.versions, folder_of(house.folder.parent, text="Второе."))
    await keep_up(
        house, followers, lambda: (on_air := house.on_air.now(Place("svet"))) is not None and on_air.version == 2
    )


async def test_the_very_first_start_publishes_every_folder(new_house: House) -> None:
    house = new_house
    folder_of(house.folder.parent, "teplo", number="88002000000")
    followers = Followers(house.versions, Reader(house.store), house.make, house.clock)
    await followers.start("svet", ["svet", "teplo"])
    assert await house.versions.suppliers() == ["svet", "teplo"]


async def test_later_a_new_folder_waits_for_somebody_to_publish_it(house: House) -> None:
    folder = folder_of(house.folder.parent, "teplo", number="88002000000")
    followers = Followers(house.versions, Reader(house.store), house.make, house.clock)
    await followers.start("svet", ["svet", "teplo"])
    assert await house.versions.live("teplo") is None
    # A draft of it rings and is not published by that.
    await put_draft(house.versions, folder, who="Анна")
    await keep_up(house, followers, lambda: house.on_air.now(Place("teplo", draft=True)) is not None)
    assert await house.versions.live("teplo") is None
    again = Followers(house.versions, Reader(house.store), house.make, house.clock)
    await again.start("svet", ["svet", "teplo"])
    assert await house.versions.live("teplo") is None
    await published(house.versions, folder)
    await keep_up(house, again, lambda: house.on_air.now(Place("teplo")) is not None)


async def test_one_supplier_who_cannot_be_served_does_not_keep_the_others_from_it(new_house: House) -> None:
    house = new_house
    (folder_of(house.folder.parent, "teplo") / "line.yaml").write_text("title: [", encoding="utf-8")
    # The same number as another supplier's: nobody may take it over.
    folder_of(house.folder.parent, "voda")
    followers = Followers(house.versions, Reader(house.store), house.make, house.clock)
    await followers.start("svet", ["svet", "teplo", "voda"])
    assert [each.supplier for each in followers] == ["svet"]
    with pytest.raises(Refused):
        await Followers(house.versions, Reader(house.store), house.make, house.clock).start("teplo", [])


async def test_while_no_news_can_be_read_the_lines_go_on(house: House) -> None:
    followers = Followers(house.versions, Reader(house.store), house.make, house.clock)
    await followers.start("svet", [])
    async with house.store.writing() as connection:
        await connection.execute(text("ALTER TABLE news RENAME TO away"))
    turns = house.clock.seconds + 5
    await keep_up(house, followers, lambda: house.clock.seconds > turns)
    async with house.store.writing() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO news"))
    await published(house.versions, folder_of(house.folder.parent, text="Второе."))
    await keep_up(
        house, followers, lambda: (on_air := house.on_air.now(Place("svet"))) is not None and on_air.version == 2
    )
