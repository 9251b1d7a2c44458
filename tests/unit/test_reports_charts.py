"""Charts are sound SVG that shows every figure of its sheet, whatever stands in it."""

from datetime import datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from ivr.journal.metrics import Tally
from ivr.journal.periods import By
from ivr.journal.reports import charts, disclosure, service
from ivr.journal.reports.service import OnLine
from ivr.journal.reports.svg import Panel, Series, as_bars, over_periods

SVG = "{http://www.w3.org/2000/svg}"
NINE = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Asia/Barnaul"))


def words(svg: str) -> list[str]:
    """All texts of the picture; it must be sound XML."""
    return [found.text or "" for found in ElementTree.fromstring(svg).iter() if found.text and found.text.strip()]


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    found = ElementTree.fromstring(svg).iter(f"{SVG}rect")
    return [
        (float(box.get("x", 0)), float(box.get("y", 0)), float(box.get("width", 0)), float(box.get("height", 0)))
        for box in found
        if box.find(f"{SVG}title") is not None
    ]


def test_every_month_of_waits_is_a_pair_of_columns() -> None:
    tally = Tally(answered=1, wait_answered=18_000, talk=154_000)
    svg = charts.waits(disclosure.waits({(2023, month): tally for month in range(1, 13)}))
    assert len(boxes(svg)) == 24
    assert "Январь, Среднее время обслуживания: 2:34" in words(svg)
    assert {"0:00", "1:00", "4:00"} <= set(words(svg))


def test_the_service_level_stands_against_its_target_and_breaks_where_nothing_was() -> None:
    tallies = {NINE: Tally(answered=4, in_time=3, abandoned_late=1), NINE + timedelta(minutes=30): Tally()}
    svg = charts.service_level(service.service_level(tallies, By.HALF))
    found = words(svg)
    assert "цель 80%" in found
    assert "09:00, SL от поступивших: 60%" in found
    assert not any(text.startswith("09:30, SL") for text in found)
    assert {"09:00", "09:30"} <= set(found)


def test_no_column_is_taller_than_its_panel_and_none_is_below_the_ground() -> None:
    calls = [OnLine(NINE + timedelta(minutes=at), NINE + timedelta(minutes=at + 90)) for at in range(0, 600, 7)]
    svg = charts.load(service.load(calls, By.HOUR, ZoneInfo("Asia/Barnaul")))
    assert all(0 <= height <= 180.1 for _, _, _, height in boxes(svg))
    assert all(x >= 0 and x + width <= 960 for x, _, width, _ in boxes(svg))


@pytest.mark.parametrize("name", ['долг <b>&"', "т" * 200])
def test_a_name_cannot_break_the_picture(name: str) -> None:
    svg = charts.topics(service.topics({name: Tally(entered=3), "": Tally(entered=1)}))
    assert any(text.startswith(name[:40]) for text in words(svg))


def test_what_is_beyond_the_list_is_added_up() -> None:
    svg = as_bars("Темы", [(f"тема {at}", 1.0) for at in range(30)], str)
    assert "остальные (10): 10.0" in words(svg)
    assert "остальные" not in as_bars("Шаги", [("шаг", 1.0)] * 30, str, add_up=False)


def test_without_anything_the_picture_says_so() -> None:
    for svg in (
        charts.waits(disclosure.waits({})),
        charts.topics(service.topics({})),
        charts.channels(disclosure.channels_of_calls({})),
        charts.load(service.load([], By.HOUR, ZoneInfo("UTC"))),
    ):
        assert "За это время ничего не было" in words(svg)


def test_many_periods_have_as_many_labels_as_there_is_room_for() -> None:
    labels = [f"{at:04}" for at in range(500)]
    svg = over_periods("Год", labels, [Panel((Series("вызовы", tuple(float(at) for at in range(500))),))])
    shown = [text for text in words(svg) if text in labels]
    assert 10 < len(shown) < 40
