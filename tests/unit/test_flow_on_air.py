"""What serves a call does so to its end, and goes with its last call; new calls always have something whole."""

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.published.on_air import NothingOnAir, OnAir, Place

LINE = Place("svet")


def test_a_call_keeps_what_it_began_with_and_the_next_takes_the_new() -> None:
    on_air, released = OnAir[str](), list[str]()
    on_air.switch(LINE, "old", lambda: released.append("old"))
    with on_air.hold(LINE) as mine:
        on_air.switch(LINE, "new", lambda: released.append("new"))
        with on_air.hold(LINE) as theirs:
            assert (mine, theirs, on_air.older, released) == ("old", "new", 1, [])
    assert (on_air.older, released, on_air.now(LINE)) == (0, ["old"], "new")


def test_what_no_call_holds_is_released_at_once() -> None:
    on_air, released = OnAir[str](), list[str]()
    on_air.switch(LINE, "old", lambda: released.append("old"))
    on_air.switch(LINE, "new")
    assert released == ["old"]


def test_a_call_that_fails_gives_back_what_it_held() -> None:
    on_air, released = OnAir[str](), list[str]()
    on_air.switch(LINE, "old", lambda: released.append("old"))

    def failing_call() -> None:
        with on_air.hold(LINE):
            on_air.take_off(LINE)
            raise RuntimeError("the call failed")

    with pytest.raises(RuntimeError):
        failing_call()
    assert released == ["old"]


def test_where_nothing_is_on_the_air_a_call_is_told_so() -> None:
    on_air = OnAir[str]()
    with pytest.raises(NothingOnAir, match="svet"), on_air.hold(LINE):
        pass
    on_air.switch(Place("svet", draft=True), "draft")
    with pytest.raises(NothingOnAir), on_air.hold(LINE):
        pass


@given(st.lists(st.sampled_from(["switch", "call", "end", "off"]), max_size=60))
def test_everything_is_released_once_and_never_under_a_call(acts: list[str]) -> None:
    on_air, released = OnAir[int](), list[int]()
    made = 0
    calls: list[tuple[ExitStack, int]] = []
    for act in acts:
        if act == "switch":
            made += 1
            on_air.switch(LINE, made, lambda number=made: released.append(number))  # type: ignore[misc]
        elif act == "off":
            on_air.take_off(LINE)
        elif act == "call" and on_air.now(LINE) is not None:
            stack = ExitStack()
            calls.append((stack, stack.enter_context(on_air.hold(LINE))))
        elif act == "end" and calls:
            calls.pop(0)[0].close()
        held = {number for _, number in calls}
        assert held.isdisjoint(released)
        assert on_air.older == len(held - {on_air.now(LINE)})
    for stack, _ in calls:
        stack.close()
    on_air.take_off(LINE)
    assert sorted(released) == list(range(1, made + 1))
