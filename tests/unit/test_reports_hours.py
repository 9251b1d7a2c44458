"""Hours of channels as they are published."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ivr.cli.report import register
from ivr.flow.finding import Place
from ivr.flow.hours.calendar import Conditional, Schedule
from ivr.flow.hours.spans import ALL_DAY, Span
from ivr.flow.hours.written import written

EIGHT_TO_SIX, EIGHT_TO_FIVE = (Span(480, 1080),), (Span(480, 1020),)


def schedule(*week: tuple[Span, ...], conditional: tuple[Conditional, ...] = ()) -> Schedule:
    return Schedule("one", Place(Path("calendar.yaml")), week, conditional=conditional)


@pytest.mark.parametrize(
    ("given", "published"),
    [
        (
            schedule(*[EIGHT_TO_SIX] * 4, EIGHT_TO_FIVE, (), ()),
            "пн–чт 08:00–18:00, пт 08:00–17:00",
        ),
        (schedule(*[ALL_DAY] * 7), "Круглосуточно"),
        (schedule(*[()] * 7), "Не работает"),
        (schedule(*[EIGHT_TO_SIX] * 7), "пн–вс 08:00–18:00"),
        (
            schedule(
                *[EIGHT_TO_SIX] * 5, (), (), conditional=(Conditional(5, (Span(540, 1020),), numbers=frozenset({1})),)
            ),
            "пн–пт 08:00–18:00, сб* 09:00–17:00",
        ),
        (schedule((Span(480, 720), Span(780, 1440)), *[()] * 6), "пн 08:00–12:00 и 13:00–24:00"),
        (schedule((Span(1320, 1800),), *[()] * 6), "пн 22:00–06:00"),
    ],
)
def test_a_week_is_written_in_runs_of_equal_days(given: Schedule, published: str) -> None:
    assert written(given) == published


def test_the_report_of_hours_names_every_channel_and_the_robot(tmp_path: Path) -> None:
    app = typer.Typer()
    register(app)
    done = CliRunner().invoke(app, ["report", "hours", "--data", str(tmp_path), "--format", "csv"])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[:2] == ["Канал;Часы работы", "Операторы;пн–чт 08:00–18:00, пт 08:00–17:00"]
    assert done.stdout.splitlines()[-1] == "Робот;Круглосуточно"
