"""What callers are told of working hours: by the calendar, in words, and only what is so."""

from datetime import UTC, datetime
from pathlib import Path

from ivr.call.rehearsal.scenarios import run_all
from ivr.flow.checks import check
from ivr.flow.starter import files

CLOSED = "Операторы ответят {calendar.support.opens_words}. Обычно они работают {calendar.support.week_words}."
SCENARIOS = """
from: "+79130000001"
scenarios:
  - name: Вечером — завтра
    at: 2026-03-04T18:00
    steps: [{press: "0"}]
    expect: {exit: callback, hears: Операторы ответят завтра с восьми часов.}
  - name: В пятницу вечером — в понедельник, но он выходной
    at: 2026-03-06T17:30
    steps: [{press: "0"}]
    expect: {exit: callback, hears: Операторы ответят во вторник с восьми часов.}
  - name: Перед Новым годом — одиннадцатого января
    at: 2026-12-31T12:00
    steps: [{press: "0"}]
    expect: {exit: callback, hears: Операторы ответят одиннадцатого января с восьми часов.}
  - name: Обычная неделя
    at: 2026-01-03T12:00
    steps: [{press: "0"}]
    expect:
      exit: callback
      hears: с понедельника по четверг с восьми до восемнадцати часов, в пятницу с восьми до семнадцати часов
  - name: Короткий день кончается на час раньше
    at: 2026-04-30T17:00
    steps: [{press: "0"}]
    expect: {exit: callback, hears: Операторы ответят в понедельник}
  - name: До конца короткого дня отвечают
    at: 2026-04-30T16:59
    steps: [{press: "0"}]
    expect: {exit: answered, queued: operators}
"""


async def test_callers_hear_when_operators_will_answer(tmp_path: Path) -> None:
    folder = tmp_path / "altay"
    for name, text in files("Алтай", "1357"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("Сейчас операторы не работают.", CLOSED), encoding="utf-8")
    (folder / "tests" / "main.yaml").write_text(SCENARIOS, encoding="utf-8")
    assert check(folder, now=datetime(2026, 3, 4, tzinfo=UTC))[1] == []
    report = await run_all(folder)
    assert [str(finding) for result in report.results for finding in result.findings] == []
    assert len(report.results) == 6
