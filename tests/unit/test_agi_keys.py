"""When keys are an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.call.keys import KeyEntry
from ivr.call.phone import KeysWanted

READING = KeysWanted(most=8, end="#", clear="*")


@pytest.mark.parametrize(
    ("wanted", "pressed", "keys", "done"),
    [
        (KeysWanted(), "1", "1", True),
        (KeysWanted(allowed="12"), "5", "", False),
        (KeysWanted(allowed="12"), "51", "1", True),
        (READING, "12345", "12345", False),
        (READING, "12345#", "12345", True),
        (READING, "12345678", "12345678", True),
        (READING, "12*345#", "345", True),
        (READING, "#", "", True),
        (READING, "*", "", False),
        (READING, "**", "**", True),
        (READING, "1**", "**", True),
        (READING, "*1*2#", "2", True),
        (KeysWanted(most=4, end="*"), "1#2*", "1#2", True),
    ],
)
def test_keys_make_an_answer(wanted: KeysWanted, pressed: str, keys: str, done: bool) -> None:
    entry = KeyEntry(wanted)
    for key in pressed:
        entry.press(key)
    assert (entry.keys, entry.done) == (keys, done)


def test_what_comes_after_the_answer_is_not_part_of_it() -> None:
    entry = KeyEntry(KeysWanted())
    assert entry.press("1")
    assert not entry.press("2")
    assert entry.keys == "1"


def test_the_first_key_may_take_longer_than_the_next() -> None:
    entry = KeyEntry(KeysWanted(most=3, first_seconds=7, next_seconds=2))
    assert entry.patience == 7
    entry.press("1")
    assert entry.patience == 2


@given(st.text("0123456789*#", max_size=40), st.integers(1, 12))
def test_an_answer_is_never_longer_than_asked(pressed: str, most: int) -> None:
    entry = KeyEntry(KeysWanted(most=most, end="#", clear="*"))
    for key in pressed:
        entry.press(key)
    assert len(entry.keys) <= max(most, 2)
    assert entry.keys == "**" or set(entry.keys) <= set("0123456789")
