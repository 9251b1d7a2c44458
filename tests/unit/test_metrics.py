"""The figures a contact centre is measured by, against figures worked out by hand and published elsewhere."""

import heapq
import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.journal import metrics
from ivr.journal.erlang import erlang_b, erlangs, impatient, on_the_rota, operators_for, patient
from ivr.journal.metrics import Mark, Reason, ServiceLevel, Tally

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAMPLE = Tally(answered=85, in_time=70, abandoned_short=5, abandoned_in_time=6, abandoned_late=4)


@pytest.mark.parametrize(
    ("variant", "percent"),
    [
        (ServiceLevel.ANSWERED, 82.35),
        (ServiceLevel.OFFERED, 70.00),
        (ServiceLevel.OFFERED_LESS_SHORT, 73.68),
        (ServiceLevel.ABANDON_IN_T_IGNORED, 78.65),
        (ServiceLevel.ABANDON_IN_T_GOOD, 81.00),
    ],
)
def test_five_service_levels_of_one_day(variant: ServiceLevel, percent: float) -> None:
    level = metrics.service_level(SAMPLE, variant)
    assert level is not None
    assert round(100 * level, 2) == percent


def test_loss_with_and_without_the_short() -> None:
    assert metrics.loss(SAMPLE) == 0.15
    assert round(100 * (metrics.loss(SAMPLE, less_short=True) or 0), 2) == 10.53


def test_where_nothing_was_there_is_no_figure() -> None:
    for figure in (
        metrics.service_level, metrics.loss, metrics.average_answer, metrics.average_wait, metrics.average_talk,
        metrics.average_service, metrics.average_handling, metrics.occupancy, metrics.utilisation, metrics.containment,
        metrics.bot_closure, metrics.csi, metrics.rated,
    ):  # fmt: skip
        assert figure(Tally()) is None
    assert metrics.nps({}) is None
    assert metrics.quality([]) is None
    assert metrics.first_call_resolution({}) is None


def test_means_are_weighted_by_calls() -> None:
    quiet = Tally(answered=1, wait_answered=60_000, talk=100_000)
    busy = Tally(answered=99, wait_answered=99 * 10_000, talk=99 * 200_000)
    whole = metrics.total([quiet, busy])
    assert metrics.average_answer(whole) == 10_500
    assert metrics.average_talk(whole) == 199_000


def test_handling_service_occupancy() -> None:
    day = Tally(answered=2, talk=200_000, hold=40_000, wrap=60_000, ready=100_000, pause=100_000)
    assert metrics.average_service(day) == 120_000
    assert metrics.average_handling(day) == 150_000
    assert metrics.occupancy(day) == 0.75
    assert metrics.utilisation(day) == 0.6


tallies = st.builds(
    Tally,
    answered=st.integers(0, 1000),
    in_time=st.integers(0, 1000),
    abandoned_late=st.integers(0, 100),
    longest_wait=st.integers(0, 10**6),
    ratings=st.dictionaries(st.integers(1, 5), st.integers(1, 9)),
)


@given(tallies, tallies, tallies)
def test_tallies_add_up_in_any_order(one: Tally, two: Tally, three: Tally) -> None:
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one
    assert one + metrics.NOTHING == one


def test_marks() -> None:
    day = Tally(ratings={5: 6, 4: 1, 1: 1}, ratings_offered=16)
    assert metrics.csi(day) == 4.375
    assert metrics.rated(day) == 0.5
    assert metrics.nps({10: 3, 9: 2, 8: 2, 7: 1, 6: 1, 0: 1}) == 30


def test_quality_of_a_card() -> None:
    card = [Mark(2, 1), Mark(1, 0.5), Mark(1, 0), Mark(5, 0, applies=False)]
    assert metrics.quality(card) == 62.5
    assert metrics.quality([*card, Mark(1, 0, critical=True)]) == 0
    assert metrics.quality([*card, Mark(1, 1, critical=True)]) == 70


def test_who_comes_back_with_the_same_was_not_helped() -> None:
    told = [
        Reason("7001234567", "долг", NOON),
        Reason("7001234567", "долг", NOON + timedelta(days=7)),
        Reason("7001234567", "показания", NOON + timedelta(days=1)),
        Reason("7001234568", "долг", NOON + timedelta(days=1)),
        Reason("7001234567", "долг", NOON + timedelta(days=15)),
    ]
    found = metrics.repeats(reversed(told))
    assert found == {"долг": (4, 1), "показания": (1, 0)}
    assert metrics.first_call_resolution(found) == 0.8
    early = metrics.repeats(told, until=NOON + timedelta(hours=1))
    assert early == {"долг": (1, 1)}  # who came again after the stretch shows that the first was not helped


def test_the_peak_of_a_line() -> None:
    def span(start: int, end: int) -> tuple[datetime, datetime]:
        return NOON + timedelta(seconds=start), NOON + timedelta(seconds=end)

    assert metrics.peak([]) == 0
    assert metrics.peak([span(0, 10), span(10, 20), span(20, 30)]) == 1
    assert metrics.peak([span(0, 10), span(5, 15), span(9, 12), span(30, 40)]) == 3


# -- staffing --------------------------------------------------------------------------------------------------------

LOAD = erlangs(100, 1800, 180)


def test_erlang_c_as_others_compute_it() -> None:
    found = patient(LOAD, 14, 180, 20)
    assert round(found.waits, 4) == 0.1741
    assert round(found.service_level, 5) == 0.88835
    assert round(found.answer_seconds, 3) == 7.836
    assert round(found.occupancy, 3) == 0.714
    assert round(patient(LOAD, 12, 180, 60).service_level, 4) == 0.7693
    assert round(patient(LOAD, 13, 180, 60).service_level, 4) == 0.8951
    assert operators_for(LOAD, 180, 60, 0.8).operators == 13


def test_erlang_a_as_others_compute_it() -> None:
    assert [round(100 * impatient(LOAD, n, 180, 60, 120).loss, 2) for n in (12, 13, 14)] == [6.16, 3.84, 2.28]


def test_fewer_operators_than_erlangs_never_catch_up() -> None:
    found = patient(LOAD, 10, 180, 60)
    assert (found.service_level, found.occupancy, found.waits) == (0, 1, 1)
    assert math.isinf(found.answer_seconds)
    assert impatient(LOAD, 8, 180, 60, 120).loss > 0.2


def test_with_endless_patience_erlang_a_is_erlang_c() -> None:
    patient_ones, endless = patient(LOAD, 13, 180, 60), impatient(LOAD, 13, 180, 60, 1e7)
    assert endless.service_level == pytest.approx(patient_ones.service_level, abs=1e-3)
    assert endless.answer_seconds == pytest.approx(patient_ones.answer_seconds, rel=1e-2)


def test_erlang_a_agrees_with_calls_that_are_played_through() -> None:
    rnd = random.Random(7)
    handling, patience, target, operators, calls = 180.0, 120.0, 20.0, 12, 60_000
    free = [0.0] * operators
    heapq.heapify(free)
    now, lost, in_time = 0.0, 0, 0
    for _ in range(calls):
        now += rnd.expovariate(LOAD / handling)
        wait = max(free[0] - now, 0.0)
        if wait > rnd.expovariate(1 / patience):
            lost += 1
            continue
        in_time += wait <= target
        heapq.heapreplace(free, now + wait + rnd.expovariate(1 / handling))
    found = impatient(LOAD, operators, handling, target, patience)
    assert lost / calls == pytest.approx(found.loss, abs=0.006)
    assert in_time / calls == pytest.approx(found.service_level, abs=0.01)


def test_lines_and_rotas() -> None:
    assert erlang_b(10, 15) == pytest.approx(0.03649695)
    assert on_the_rota(13, 0.30) == 19
    assert operators_for(LOAD, 180, 60, 0.8, most_occupied=0.7).operators == 15
