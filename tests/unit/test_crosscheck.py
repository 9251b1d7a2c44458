"""Our waits and talks against Asterisk's own: what differs by more than its whole seconds, and what one side lacks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from asterisk import queue_log
from asterisk.queue_log import QueueStay, stays
from ivr.journal.crosscheck import Stay, differences, stays_of
from ivr.journal.events import Event, Kind
from ivr.journal.register import contact

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
SECOND = int(AT.timestamp())


def line(second: int, event: str, *data: object, uniqueid: str = "a-1", queue: str = "demo-operators") -> str:
    return "|".join(map(str, (SECOND + second, uniqueid, queue, "PJSIP/101", event, *data)))


def test_every_way_out_of_a_queue_is_read() -> None:
    lines = [
        f"{SECOND}|NONE|NONE|NONE|QUEUESTART|",
        line(0, "ENTERQUEUE", "", "+79130000001", 1),
        line(3, "RINGNOANSWER", 3000),
        line(18, "CONNECT", 18, "b-1", 4),
        line(78, "COMPLETECALLER", 18, 60, 1),
        line(90, "ENTERQUEUE", "", "+79130000001", 1),
        line(100, "ABANDON", 1, 1, 10),
        line(200, "ENTERQUEUE", "", "+79130000002", 1, uniqueid="a-2"),
        line(260, "EXITWITHTIMEOUT", 1, 1, 60, uniqueid="a-2"),
        line(300, "ENTERQUEUE", "", "+79130000003", 1, uniqueid="a-3"),
        line(305, "CONNECT", 5, "b-2", 4, uniqueid="a-3"),
        line(320, "BLINDTRANSFER", "102", "ops", 5, 15, 1, uniqueid="a-3"),
        line(400, "ENTERQUEUE", "", "+79130000004", 1, uniqueid="a-4"),
        "half a li",
    ]
    found = list(stays(lines))
    assert [(one.uniqueid, one.wait, one.talk, one.end) for one in found] == [
        ("a-1", 18, 60, "COMPLETECALLER"),
        ("a-1", 10, None, "ABANDON"),
        ("a-2", 60, None, "EXITWITHTIMEOUT"),
        ("a-3", 5, None, "BLINDTRANSFER"),
        ("a-4", None, None, ""),
    ]
    assert found[0] == QueueStay("a-1", "demo-operators", AT, 18, 60, "PJSIP/101", "COMPLETECALLER")


@given(st.lists(st.text(alphabet="|0123456789.abcENTERQUCOPL\x00²", max_size=40)))
def test_no_line_is_too_bad_to_be_read(lines: list[str]) -> None:
    list(stays([*lines, *(f"1|a|q|NONE|{line}" for line in lines)]))


def test_the_log_is_kept_for_two_days_and_appended_to_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "queue_log"
    assert queue_log.read(file) == []
    queue_log.trim(file, AT)
    file.write_text("\n".join([line(0, "ENTERQUEUE"), line(100, "ENTERQUEUE")]) + "\n")
    with file.open("a") as asterisk:
        queue_log.trim(file, AT + timedelta(days=2, seconds=50))
        asterisk.write(line(200, "ENTERQUEUE") + "\n")
    assert queue_log.read(file) == [line(100, "ENTERQUEUE"), line(200, "ENTERQUEUE")]


def served(*, operators: tuple[str, ...] = ("101",)) -> list[Stay]:
    told: list[tuple[float, Kind, dict[str, object]]] = [
        (0, Kind.ARRIVED, {}),
        (10, Kind.QUEUED, {"queue": "demo-operators"}),
        (28.4, Kind.CONNECTED, {"operator": "101"}),
        (28.4, Kind.BRIDGED, {"type": "basic", "others": ["101"]}),
        (58.4, Kind.BRIDGED, {"type": "basic", "others": [operators[-1]]}),
        (88.4, Kind.HUNG_UP, {}),
    ]
    events = [
        Event(UUID(int=seq), "demo", "n", UUID(int=7), seq, AT + timedelta(seconds=at), kind, 1, data)
        for seq, (at, kind, data) in enumerate(told, 1)
    ]
    return stays_of(contact(events), "a-1")


def test_a_contacts_stays_are_its_queues_and_what_followed_them() -> None:
    assert served() == [Stay("a-1", "demo-operators", AT + timedelta(seconds=10), 18_400, 60_000)]
    [transferred] = served(operators=("101", "102"))
    assert transferred.talk is None


def test_a_second_is_no_difference_and_more_is() -> None:
    [ours] = served()
    same = replace(ours, wait=18_000, talk=61_000, entered=ours.entered - timedelta(seconds=1))
    assert differences([ours], [same]) == []
    found = differences([ours], [replace(same, wait=17_000, talk=62_000)])
    assert [(one.what, one.ours, one.theirs) for one in found] == [("wait", 18_400, 17_000), ("talk", 60_000, 62_000)]


def test_what_only_one_side_knows_is_said() -> None:
    [ours] = served()
    other = replace(ours, uniqueid="a-9", wait=5000)
    found = differences([ours], [other])
    assert [(one.uniqueid, one.what, one.ours, one.theirs) for one in found] == [
        ("a-1", "known", 18_400, None),
        ("a-9", "known", None, 5000),
    ]


def test_two_stays_of_one_caller_in_one_queue_are_told_apart() -> None:
    [ours] = served()
    again = replace(ours, entered=ours.entered + timedelta(minutes=5), wait=3000, talk=None)
    assert differences([again, ours], [ours, again]) == []
