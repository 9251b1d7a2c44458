"""The fuse before a billing that does not answer."""

from ivr.billing.breaker import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, Breaker


def failing(times: int, now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(times):
        breaker.failed(now)
    return breaker


def test_a_few_failures_leave_it_open() -> None:
    assert failing(FAILURES - 1).may_ask(0.0)


def test_after_more_nobody_asks_until_the_pause_is_over_and_then_one_does() -> None:
    breaker = failing(FAILURES)
    assert not breaker.may_ask(FIRST_PAUSE - 0.1)
    assert [breaker.may_ask(FIRST_PAUSE) for _ in range(3)] == [True, False, False]


def test_one_answer_lets_everybody_ask_again() -> None:
    breaker = failing(FAILURES + 5)
    breaker.answered()
    assert [breaker.may_ask(0.0) for _ in range(5)] == [True] * 5


def test_pauses_grow_to_a_bound() -> None:
    breaker = failing(FAILURES)
    pauses = []
    for _ in range(10):
        breaker.failed(0.0)
        pauses.append(breaker.pause)
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_an_asker_who_never_comes_back_does_not_keep_the_others_out_for_ever() -> None:
    breaker = failing(FAILURES)
    assert breaker.may_ask(FIRST_PAUSE)
    assert breaker.may_ask(FIRST_PAUSE * 2)
