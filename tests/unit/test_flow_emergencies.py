"""Emergency announcements: those who are concerned hear them, nobody hears what is over or was told wrong."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.alarms.emergencies import Emergency, filled, moment_words, on_air, on_air_for, same_street, text_faults
from ivr.flow.alarms.emergencies_file import FILE, Known, WatchedFile, read_emergencies
from ivr.flow.finding import Place
from ivr.flow.published.contents import read_contents, write_contents

BARNAUL = ZoneInfo("Asia/Barnaul")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # 19:00 in Barnaul
HOUR = timedelta(hours=1)
KNOWN = Known(("Бийск", "Барнаул"), ("operators", "debts"))


def emergency(name: str = "a", **fields: object) -> Emergency:
    given_ = {"text": "Авария на подстанции.", "expires": NOW + HOUR, **fields}
    return Emergency(name, **given_)  # type: ignore[arg-type]


def names(found: tuple[Emergency, ...]) -> list[str]:
    return [one.name for one in found]


# -- when and for whom -------------------------------------------------------------------------------------------------


def test_it_is_on_the_air_from_its_start_until_its_expiry() -> None:
    one = emergency(starts=NOW)
    tick = timedelta(microseconds=1)
    heard = [bool(on_air([one], at)) for at in (NOW - tick, NOW, NOW + HOUR - tick, NOW + HOUR)]
    assert heard == [False, True, True, False]


@pytest.mark.parametrize(
    ("scope", "territory", "street", "queue", "hears"),
    [
        ({}, None, None, None, True),
        ({"territories": ("Бийск",)}, "Бийск", None, None, True),
        ({"territories": ("Бийск",)}, "бийск ", None, None, True),
        ({"territories": ("Бийск",)}, "Барнаул", None, None, False),
        ({"territories": ("Бийск",)}, None, None, None, True),  # the text names the place: better once too often
        ({"territories": ("Бийск",), "to_unknown": False}, None, None, None, False),
        ({"streets": ("улица Мира",)}, "Бийск", "г. Бийск, ул. Мира, д. 5, кв. 3", None, True),
        ({"streets": ("улица Мира", "Ленина")}, "Бийск", "пр. Ленина, 8", None, True),
        ({"streets": ("улица Мира",)}, "Бийск", "г. Бийск, ул. Советская, 1", None, False),
        ({"streets": ("улица Мира",)}, "Бийск", None, None, False),
        ({"streets": ("улица Мира",), "to_unknown": True}, None, None, None, True),
        ({"streets": ("улица Мира",), "territories": ("Бийск",)}, "Барнаул", "ул. Мира, 5", None, False),
        ({"streets": ("улица Мира",), "territories": ("Бийск",)}, "Бийск", "ул. Мира, 5", None, True),
        ({"streets": ("улица Мира",), "territories": ("Бийск",)}, None, None, None, False),
        ({"queue": "debts"}, None, None, None, False),
        ({"queue": "debts"}, None, None, "debts", True),
        ({"queue": "debts", "territories": ("Бийск",)}, "Барнаул", None, "debts", False),
    ],
)
def test_who_is_concerned_hears_it(
    scope: dict[str, object], territory: str | None, street: str | None, queue: str | None, hears: bool
) -> None:
    assert bool(on_air([emergency(**scope)], NOW, territory, street, queue)) is hears


def test_the_narrower_is_said_first() -> None:
    everything = [
        emergency("whole"),
        emergency("territory", territories=("Бийск",)),
        emergency("queue", queue="operators"),
        emergency("street", streets=("Мира",)),
        emergency("both", streets=("Мира",), territories=("Бийск",)),
    ]
    heard = on_air(everything, NOW, "Бийск", "улица Мира, 5", "operators")
    assert names(heard) == ["both", "street", "territory", "queue", "whole"]


def test_of_equally_narrow_ones_the_later_is_said_first() -> None:
    older, newer = emergency("older", starts=NOW - HOUR), emergency("newer", starts=NOW - HOUR / 2)
    assert names(on_air([older, emergency("from-ever"), newer], NOW)) == ["newer", "older", "from-ever"]


def test_a_caller_with_two_accounts_hears_of_both_places_once() -> None:
    both = [emergency("b", territories=("Бийск",)), emergency("a", territories=("Барнаул",)), emergency("whole")]
    heard = on_air_for(both, NOW, [("Бийск", ""), ("Барнаул", "")])
    assert sorted(names(heard)) == ["a", "b", "whole"]
    assert names(on_air_for(both, NOW, [("Рубцовск", "")])) == ["whole"]
    assert len(on_air_for(both, NOW, [])) == 3


@pytest.mark.parametrize(
    ("own", "other", "same"),
    [
        ("ул. Мира", "г. Бийск, ул. Мира, д. 5", True),
        ("Мира", "г. Бийск, пр-т Мира, 5, кв. 3", True),
        ("проспект Мира", "г. Бийск, ул. Мира, 5", False),
        ("Мира проспект", "пр. Мира, 5", True),
        ("улица Мира", "Мира", True),
        ("Ленина", "ул. Карла Ленина, 3", False),
        ("улица Ленина", "улица Ленинская, 3", False),
        ("ул. Зелёная", "улица Зеленая, 1", True),
        ("8 Марта", "ул. 8 Марта, 12", True),
        ("улица 8-го Марта", "ул. 8 Марта, 12", True),
        ("2-я Северная", "ул. 2-я Северная, 12", True),
        ("Мира", "", False),
    ],
)
def test_a_street_is_known_however_it_is_written(own: str, other: str, same: bool) -> None:
    assert same_street(own, other) is same


# -- what is said ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(hours=1), "к двадцати часам"),
        (timedelta(hours=5), "к полуночи"),
        (timedelta(hours=13, minutes=30), "завтра к восьми часам тридцати минутам"),
        (timedelta(hours=29), "завтра к полуночи"),
        (timedelta(hours=37), "послезавтра к восьми часам"),
        (timedelta(days=30), "двадцать первого декабря к девятнадцати часам"),
    ],
)
def test_the_promised_moment_is_said_by_the_callers_clock(ahead: timedelta, said: str) -> None:
    assert moment_words(NOW + ahead, NOW, BARNAUL) == said


def test_a_promise_gone_by_is_not_repeated() -> None:
    text = "На ул. Мира авария. Свет дадут {restored}. Приносим извинения!"
    assert filled(text, NOW + HOUR, NOW, BARNAUL) == (
        "На ул. Мира авария. Свет дадут к двадцати часам. Приносим извинения!"
    )
    assert filled(text, NOW, NOW, BARNAUL) == "На ул. Мира авария. Приносим извинения!"
    assert emergency(text=text, restored=NOW - HOUR).words(NOW, BARNAUL).endswith("авария. Приносим извинения!")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Авария до 18:00 на 5 улицах.", None),
        ("Авария ①.", "E425"),
        ("Авария. Свет дадут {restored}.", None),
        ("Авария. Свет дадут {eta}.", "E424"),
        ("Авария. Свет дадут {restored|time}.", "E424"),
        ("Авария. Свет дадут к {restored}.", "E424"),
        ("Авария, свет дадут {restored}.", "E424"),  # nothing would be left to say afterwards
        ("Авария } на подстанции.", "E424"),
        ("Авария на подстанции. " * 20, "W426"),
    ],
)
def test_a_text_is_judged_before_it_goes_on_the_air(text: str, code: str | None) -> None:
    found = text_faults(text, NOW, Place(Path(FILE)))
    assert [one.code for one in found] == ([code] if code else [])


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_judged_or_said_without_a_digit(text: str) -> None:
    if not text.strip() or [one for one in text_faults(text, NOW, Place(Path(FILE))) if one.is_error]:
        return
    filled(text, NOW + HOUR, NOW, BARNAUL)


# -- the file ----------------------------------------------------------------------------------------------------------

GOOD = """
emergencies:
  podstanciya:
    text: >
      В Бийске авария на подстанции. Свет дадут {restored}.
    territory: Бийск
    streets: [улица Мира, Ленина]
    from: 2026-11-21T18:00
    until: 21.11.2026 23:30
    restored: 2026-11-21 22:00
    after: callback
    to_unknown: да
  debts:
    text: База расчётов обновляется до утра.
    queue: debts
    until: 2026-11-22T08:00+03:00
"""


def write(folder: Path, text: str) -> None:
    (folder / FILE).write_text(text, encoding="utf-8")


def read(folder: Path, text: str) -> tuple[tuple[Emergency, ...], list[tuple[int, int, str]]]:
    write(folder, text)
    found, findings = read_emergencies(folder, now=NOW, zone=BARNAUL, known=KNOWN)
    return found, [(one.place.line, one.place.col, one.code) for one in findings]


def test_a_file_says_everything_of_an_emergency(tmp_path: Path) -> None:
    (first, second), findings = read(tmp_path, GOOD)
    assert findings == []
    assert (first.territories, first.streets, first.after) == (("Бийск",), ("улица Мира", "Ленина"), "callback")
    assert (first.starts, first.expires) == (NOW - HOUR, NOW + 4.5 * HOUR)
    assert first.to_unknown is True
    assert first.words(NOW, BARNAUL) == "В Бийске авария на подстанции. Свет дадут к двадцати двум часам."
    assert second.expires == datetime(2026, 11, 22, 5, tzinfo=UTC)
    assert (second.queue, second.starts, second.to_unknown) == ("debts", None, None)


def test_an_emptied_file_is_no_fault(tmp_path: Path) -> None:
    for text in ("", "# всё исправили\n", "emergencies:\n", "emergencies: {}\n"):
        assert read(tmp_path, text) == ((), [])


LEAST = "emergencies: {a: {text: Авария., until: 2026-11-21T23:00}}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LEAST.replace(", until: 2026-11-21T23:00", "").replace("{a", "{§a"), "E420"),
        (LEAST.replace("2026-11-21T23:00", "§вечером"), "E422"),
        (LEAST.replace("2026-11-21T23:00", "§2026-11-21"), "E422"),
        (LEAST.replace("until", "§untill"), "E102"),
        (LEAST.replace("text: Авария.", "text: §"), "E104"),
        (LEAST.replace("Авария.", "§Авария ①."), "E425"),
        (LEAST.replace("Авария.", "§'Авария. Свет {restored}.'"), "E424"),
        (LEAST.replace("2026-11-21T23:00", "§2026-11-21T18:59"), "W428"),
        (LEAST.replace("2026-11-21T23:00", "§2026-12-21T18:59"), "W429"),
        (
            LEAST.replace("2026-11-21T23:00", "§2026-11-21T23:00, restored: 2026-11-22T01:00").replace(
                "Авария.", "'Авария. Починят {restored}.'"
            ),
            "W430",
        ),
        (LEAST.replace("23:00}", "23:00, territory: §Бийс}"), "E427"),
        (LEAST.replace("23:00}", "23:00, queue: §debt}"), "E112"),
        (LEAST.replace("23:00}", "23:00, after: §callbac}"), "E115"),
        (LEAST.replace("23:00}", "23:00, to_unknown: §может}"), "E109"),
        (LEAST.replace("until: ", "from: 2026-11-21T23:00, until: §"), "E423"),
        (LEAST.replace("{text", "§{territory: Бийск, territories: [Барнаул], text"), "E421"),
        ("emergencies: {a: §[Авария]}", "E106"),
    ],
)
def test_a_fault_of_the_file_is_found_where_it_stands(tmp_path: Path, text: str, code: str) -> None:
    before, after = text.split("§")
    line, col = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    findings = read(tmp_path, before + after)[1]
    if code == "E102":
        findings = findings[-1:]  # the misspelled expiry is missing, too
    assert findings == [(line, col, code)]


def test_an_unreadable_file_is_said(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00")
    findings = read_emergencies(tmp_path, now=NOW, zone=BARNAUL)[1]
    assert [one.code for one in findings] == ["E003"]


def test_the_file_of_emergencies_is_no_part_of_a_version(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "line.yaml").write_text("title: Э\n", encoding="utf-8")
    contents = read_contents(tmp_path)
    assert list(contents.files) == ["line.yaml"]
    write_contents(contents, tmp_path)
    assert (tmp_path / FILE).is_file()


# -- the file under a running service ----------------------------------------------------------------------------------


def watched(folder: Path) -> WatchedFile:
    return WatchedFile(folder, BARNAUL, KNOWN)


def test_a_changed_file_is_on_the_air_at_the_next_look(tmp_path: Path) -> None:
    file = watched(tmp_path)
    file.look(NOW)
    assert file.emergencies == ()
    write(tmp_path, GOOD)
    assert file.look(NOW)
    assert names(file.emergencies) == ["podstanciya", "debts"]
    assert not file.look(NOW)
    write(tmp_path, LEAST)
    assert file.look(NOW)
    assert names(file.emergencies) == ["a"]


def test_a_bad_file_leaves_the_last_good_one_on_the_air_and_is_complained_of_once(tmp_path: Path) -> None:
    file = watched(tmp_path)
    write(tmp_path, GOOD)
    file.look(NOW)
    write(tmp_path, GOOD.replace("until", "unti"))
    assert file.look(NOW)
    assert names(file.emergencies) == ["podstanciya", "debts"]
    assert "E420" in [one.code for one in file.findings]
    assert not file.look(NOW)
    write(tmp_path, GOOD)
    os.utime(tmp_path / FILE, ns=(1, 1))
    assert file.look(NOW)
    assert file.findings == []


def test_a_removed_file_takes_its_own_off_the_air(tmp_path: Path) -> None:
    file = watched(tmp_path)
    write(tmp_path, GOOD)
    file.look(NOW)
    (tmp_path / FILE).unlink()
    assert file.look(NOW)
    assert file.emergencies == ()


def test_an_advice_does_not_keep_a_file_off_the_air(tmp_path: Path) -> None:
    file = watched(tmp_path)
    write(tmp_path, LEAST.replace("2026-11-21T23:00", "2026-12-21T18:59"))
    file.look(NOW)
    assert names(file.emergencies) == ["a"]
    assert [one.code for one in file.findings] == ["W429"]
