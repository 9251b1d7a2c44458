"""Several suppliers in one service: whose number was dialled, what each has said of itself, how many calls it takes."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.period import Window
from ivr.flow.finding import Finding, Place
from ivr.flow.supplier.lines import Limit, Lines, bot_line
from ivr.flow.supplier.supplier_settings import AccountFormat, SupplierSettings, read_settings
from ivr.flow.supplier.suppliers import canonical, read_supplier, read_suppliers

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
LINE = r"""
title: АО «Энергосбыт»
name: Энергосбыт
zone: Asia/Barnaul
numbers:
  "88003505566": main
  "1357": main
queues: {operators: Операторы}
account: {lengths: [10, 12], pattern: '\d{10,12}', group: 3-3-4}
readings: {from: 15, to: last, late: reject}
retention: {recordings: 400, debt_recordings: 1100}
territories:
  Бийск:
  Мурманск:
    zone: Europe/Moscow
    spoken: город Мурманск
    offices:
      - {address: "улица Коминтерна, дом пять", schedule: office, note: вход со двора}
lines:
  "88003505566": {most: 30, beyond: queue, queue: operators}
  "1357": {most: 2, beyond: say, say: "Все линии заняты, перезвоните позже."}
  bots:
    readings: {most: 10, beyond: busy}
"""
CALENDAR = "schedules: {office: {hours: {пн-пт: 9-18}, zone: territory}}\n"


def supplier(root: Path, slug: str = "energosbyt", line: str = LINE, calendar: str | None = CALENDAR) -> Path:
    folder = root / slug
    folder.mkdir()
    (folder / "line.yaml").write_text(line, encoding="utf-8")
    if calendar is not None:
        (folder / "calendar.yaml").write_text(calendar, encoding="utf-8")
    return folder


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def settings_of(folder: Path) -> SupplierSettings:
    settings, findings = read_settings(folder)
    assert findings == []
    assert settings is not None
    return settings


# -- settings ----------------------------------------------------------------------------------------------------------


def test_a_supplier_says_what_it_is(tmp_path: Path) -> None:
    settings = settings_of(supplier(tmp_path))
    assert (settings.slug, settings.title, settings.name) == ("energosbyt", "АО «Энергосбыт»", "Энергосбыт")
    assert settings.zone == ZoneInfo("Asia/Barnaul")
    assert settings.account == AccountFormat((10, 12), r"\d{10,12}", (3, 3, 4))
    assert settings.window == Window(15, 31, "reject")
    assert (settings.retention.recordings, settings.retention.drafts) == (400, 90)
    assert settings.zone_of("Мурманск") == ZoneInfo("Europe/Moscow")
    assert settings.zone_of("Бийск") == settings.zone_of(None) == ZoneInfo("Asia/Barnaul")
    (office,) = settings.territories["Мурманск"].offices
    assert (office.schedule, office.note) == ("office", "вход со двора")
    assert settings.limits["88003505566"].queue == "operators"
    assert settings.limits[bot_line("readings")].most == 10


def test_a_limit_is_known_by_the_number_however_it_is_written(tmp_path: Path) -> None:
    line = 'title: Э\nnumbers: {"+78002000600": main}\nlines: {"+78002000600": {most: 3, beyond: busy}}\n'
    assert settings_of(supplier(tmp_path, line=line)).limits["88002000600"].most == 3


def test_who_says_nothing_gets_the_defaults(tmp_path: Path) -> None:
    settings = settings_of(supplier(tmp_path, line='title: Энергосбыт\nnumbers: {"100": main}\n'))
    assert settings.name == "Энергосбыт"
    assert settings.zone == ZoneInfo("Europe/Moscow")
    assert settings.account == AccountFormat((10,), None, (3, 3, 4))
    assert dict(settings.territories) == dict(settings.limits) == {}


@pytest.mark.parametrize(("lengths", "group"), [("[9]", (3, 3, 3)), ("[8]", (3, 3, 2)), ("[2]", (2,)), ("4", (4,))])
def test_digits_are_grouped_by_threes_where_nothing_is_said(
    tmp_path: Path, lengths: str, group: tuple[int, ...]
) -> None:
    settings = settings_of(supplier(tmp_path, line=f"title: Э\nnumbers: {{}}\naccount: {{lengths: {lengths}}}\n"))
    assert settings.account.group == group


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("zone: Asia/Barnaul", "zone: §Asia/Barnau", "E414"),
        ("lengths: [10, 12]", "lengths: [10, §120]", "E107"),
        (r"pattern: '\d{10,12}'", "pattern: §'['", "E451"),
        ("group: 3-3-4", "group: §3-3-3", "E452"),
        ("group: 3-3-4", "group: §три", "E452"),
        ("late: reject", "late: §rejct", "E115"),
        ("from: 15", "from: §0", "E107"),
        ("recordings: 400", "recordings: §вечно", "E107"),
        ("recordings: 400", "§recording: 400", "E102"),
        ('"1357": {most: 2', '§"1358": {most: 2', "E453"),
        ("queue: operators}", "queue: §operator}", "E112"),
        ("beyond: busy", "beyond: §busi", "E115"),
        ("beyond: busy", "beyond: busy, say: §Занято", "W454"),
        ("beyond: busy", "beyond: say, say: §Занято на ①", "E455"),
        ("beyond: busy", 'beyond: say, say: §"Занято, {minutes}"', "E455"),
        ("beyond: busy", "beyond: busy, queue: §operators", "W454"),
        ("readings: {most: 10, beyond: busy}", "readings: §{beyond: busy}", "E103"),
        ("readings: {most: 10, beyond: busy}", "readings: §{most: 10, beyond: say}", "E103"),
        ("schedule: office", "schedule: §", "E104"),
    ],
)
def test_a_wrong_setting_is_found_where_it_stands(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert old in LINE
    before, after = LINE.replace(old, new).split("§")
    _, findings = read_settings(supplier(tmp_path, line=before + after))
    line, col = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    assert [(one.place.line, one.place.col, one.code) for one in findings] == [(line, col, code)]


def test_an_office_needs_a_schedule_that_exists(tmp_path: Path) -> None:
    folder = supplier(tmp_path, calendar="schedules: {offices: {hours: {пн-пт: 9-18}}}\n")
    _, findings = read_supplier(folder, now=NOW)
    assert codes(findings) == ["E443"]
    assert "может быть, «offices»?" in findings[0].hint


def test_offices_open_by_their_territory(tmp_path: Path) -> None:
    one, findings = read_supplier(supplier(tmp_path), now=NOW)
    assert findings == []
    assert one is not None
    at = datetime(2026, 3, 4, 6, 30, tzinfo=UTC)  # 9:30 in Murmansk, 13:30 in Barnaul
    assert one.calendar.open_at(at, "office", "Мурманск")
    assert one.calendar.open_at(at, "office", "Бийск")
    later = datetime(2026, 3, 4, 14, 30, tzinfo=UTC)
    assert one.calendar.open_at(later, "office", "Мурманск")
    assert not one.calendar.open_at(later, "office", "Бийск")


@given(st.text(max_size=60))
def test_no_text_in_the_place_of_a_setting_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    keys = ("name", "zone", "account", "readings", "retention", "territories", "lines", "numbers", "queues")
    line = "".join(f"{key}: {quoted}\n" for key in keys)
    more = (
        f"account: {{pattern: {quoted}, group: {quoted}, lengths: {quoted}}}\nlines: {{{quoted}: {{most: {quoted}}}}}\n"
    )
    root = tmp_path_factory.mktemp("suppliers")
    read_settings(supplier(root, "one", line))
    read_settings(supplier(root, "two", more))


# -- many suppliers ----------------------------------------------------------------------------------------------------


def test_the_dialled_number_decides_the_supplier(tmp_path: Path) -> None:
    supplier(tmp_path)
    supplier(tmp_path, "teplosbyt", 'title: Теплосбыт\nnumbers: {"88002000600": main}\n', None)
    (tmp_path / "notes").mkdir()
    suppliers, findings = read_suppliers(tmp_path, now=NOW)
    assert findings == []
    assert [one.slug for one in suppliers] == ["energosbyt", "teplosbyt"]
    for written in ("88003505566", "+78003505566", "78003505566", "8003505566"):
        found = suppliers.of_number(written)
        assert found is not None
        assert found.slug == "energosbyt"
    assert suppliers.of_number("88009999999") is None
    assert suppliers.of_number("") is None


def test_a_number_of_two_suppliers_names_both_files(tmp_path: Path) -> None:
    supplier(tmp_path)
    supplier(tmp_path, "teplosbyt", 'title: Теплосбыт\nnumbers:\n  "+78003505566": main\n', None)
    suppliers, findings = read_suppliers(tmp_path, now=NOW)
    (finding,) = findings
    assert finding.code == "E441"
    assert finding.place == Place(tmp_path / "teplosbyt" / "line.yaml", 3, 3)
    assert str(tmp_path / "energosbyt" / "line.yaml") + ":6:3" in finding.message
    taken = suppliers.of_number("88003505566")
    assert taken is not None
    assert taken.slug == "energosbyt"


def test_one_number_written_twice_in_one_file_is_found(tmp_path: Path) -> None:
    supplier(tmp_path, "teplosbyt", 'title: Т\nnumbers: {"88002000600": a, "+78002000600": b}\n', None)
    assert codes(read_suppliers(tmp_path, now=NOW)[1]) == ["E441"]


@pytest.mark.parametrize("slug", ["Energosbyt", "энергосбыт", "a_b", "-a", "a" * 33])
def test_a_slug_is_small_latin_letters(tmp_path: Path, slug: str) -> None:
    supplier(tmp_path, slug)
    suppliers, findings = read_suppliers(tmp_path, now=NOW)
    assert codes(findings) == ["E440"]
    assert list(suppliers) == []


def test_names_that_would_meet_in_asterisk_are_found(tmp_path: Path) -> None:
    for number, slug in enumerate(("altai", "altai-teplo", "altaienergo")):
        supplier(tmp_path, slug, f'title: А\nnumbers: {{"8800200060{number}": main}}\n', None)
    findings = read_suppliers(tmp_path, now=NOW)[1]
    assert [(one.code, one.place.file.parent.name) for one in findings] == [("E442", "altai-teplo")]


def test_a_broken_supplier_does_not_keep_the_others_from_being_served(tmp_path: Path) -> None:
    supplier(tmp_path)
    supplier(tmp_path, "teplosbyt", "title: [", None)
    suppliers, findings = read_suppliers(tmp_path, now=NOW)
    assert [one.slug for one in suppliers] == ["energosbyt"]
    assert codes(findings) == ["E004"]


def test_a_number_has_one_writing() -> None:
    assert canonical("+7 (800) 350-55-66") == "88003505566"
    assert canonical("1357") == "1357"
    assert canonical("+375291234567") == "375291234567"


# -- lines -------------------------------------------------------------------------------------------------------------

LIMIT = Limit(2, "busy", Place(Path("line.yaml")))


def test_the_caller_beyond_the_lines_gets_what_was_said() -> None:
    lines = Lines({"100": LIMIT})
    with lines.taking("100") as first, lines.taking("100") as second, lines.taking("100") as third:
        assert (first, second, third) == (None, None, LIMIT)
    with lines.taking("100") as later:
        assert later is None
    (usage,) = lines.usage()
    assert (usage.busy, usage.most, usage.peak, usage.refused) == (0, 2, 2, 1)


def test_a_line_is_given_back_when_the_call_fails() -> None:
    lines = Lines({"100": Limit(1, "busy", LIMIT.place)})

    def failing_call() -> None:
        with lines.taking("100") as beyond:
            assert beyond is None
            raise RuntimeError("the call failed")

    for _ in range(3):
        with pytest.raises(RuntimeError):
            failing_call()
    assert next(lines.usage()).busy == 0


def test_a_number_without_a_limit_is_counted() -> None:
    lines = Lines()
    with lines.taking("100"), lines.taking("100"):
        assert [(one.name, one.busy, one.most) for one in lines.usage()] == [("100", 2, None)]


def test_a_limit_published_later_finds_the_calls_that_are_there() -> None:
    lines = Lines()
    with lines.taking("100"), lines.taking("100"):
        lines.change({"100": LIMIT})
        assert lines.enter("100") is LIMIT
    assert lines.enter("100") is None


def test_a_line_nobody_took_cannot_be_given_back() -> None:
    with pytest.raises(ValueError, match="nobody took"):
        Lines().leave("100")


@given(st.lists(st.sampled_from(["enter", "leave"]), max_size=60), st.integers(1, 5))
def test_never_more_calls_than_lines(doings: list[str], most: int) -> None:
    lines, on_line = Lines({"100": Limit(most, "busy", LIMIT.place)}), 0
    for doing in doings:
        if doing == "enter":
            on_line += lines.enter("100") is None
        elif on_line:
            lines.leave("100")
            on_line -= 1
        usage = next(lines.usage())
        assert usage.busy == on_line <= most
        assert usage.peak <= most


# -- the handbook ------------------------------------------------------------------------------------------------------


def test_what_the_handbook_shows_is_clean(tmp_path: Path) -> None:
    handbook = Path(__file__).resolve().parents[2] / "docs" / "calendar.md"
    calendar, emergencies, line = re.findall(r"```yaml\n(.*?)```", handbook.read_text(encoding="utf-8"), re.DOTALL)
    line = line.replace("  Бийск:\n", "  Бийск:\n  Заринск:\n")
    folder = supplier(tmp_path, line=line, calendar=calendar)
    (folder / "emergencies.yaml").write_text(emergencies, encoding="utf-8")
    one, findings = read_supplier(folder, now=datetime(2026, 11, 21, 12, tzinfo=UTC))
    assert findings == []
    assert one is not None
    assert set(one.calendar.schedules) == {"operators", "office", "bot"}


def test_the_handbook_names_every_code() -> None:
    root = Path(__file__).resolve().parents[2]
    handbook = (root / "docs" / "calendar.md").read_text(encoding="utf-8")
    sources = [path for room in ("hours", "alarms", "supplier") for path in (root / "ivr" / "flow" / room).glob("*.py")]
    codes_ = {code for path in sources for code in re.findall(r'"([EW]\d{3})"', path.read_text(encoding="utf-8"))}
    assert len(codes_) > 30
    assert {code for code in codes_ if code not in handbook} == {"E005", "E112"}  # of all files alike
