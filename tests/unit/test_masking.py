"""Who sees what of a customer: the table, the tails, and that what nobody decided is hidden."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.masking import HIDDEN, SIGHTS, Field, mask, sight
from ivr.people.roles import Role

PHONE, ACCOUNT = "+79130000001", "7001234567"


@pytest.mark.parametrize(
    ("role", "field", "value", "seen"),
    [
        (Role.SUPERVISOR, "phone", PHONE, PHONE),
        (Role.OPERATOR, "account", ACCOUNT, ACCOUNT),
        (Role.QC, "phone", PHONE, "***0001"),
        (Role.QC, "words", "двенадцать триста", "двенадцать триста"),
        (Role.CAMPAIGNS, "account", ACCOUNT, "***4567"),
        (Role.AUDITOR, "words", "да", HIDDEN),
        (Role.EDITOR, "address", "ул. Северная, д. 5", HIDDEN),
        (Role.ADMIN, "email", "anna@example.ru", "a***@example.ru"),
        (Role.EDITOR, "email", "никуда", HIDDEN),
        (Role.AUDITOR, "account", "1234", "***34"),
        (Role.AUDITOR, "phone", "p:abcdefgh2345", "p:abcdefgh2345"),
        (Role.AUDITOR, "phone", None, None),
        (Role.AUDITOR, "phone", "", ""),
    ],
)
def test_each_role_sees_what_its_work_needs(role: Role, field: Field, value: str | None, seen: str | None) -> None:
    assert mask(role, field, value) == seen


def test_every_role_has_a_row() -> None:
    assert set(SIGHTS) == set(Role)


@given(st.sampled_from([*Role]), st.sampled_from(get_args(Field)), st.text(min_size=1))
def test_what_is_not_shown_in_full_shows_no_more_than_its_tail(role: Role, field: Field, value: str) -> None:
    seen = mask(role, field, value)
    assert seen is not None
    if sight(role, field) == "hidden":
        assert seen == HIDDEN
    digits = "".join(sign for sign in value if sign in "0123456789")
    if sight(role, field) == "tail" and field != "email" and len(digits) > 4:
        assert digits not in seen
