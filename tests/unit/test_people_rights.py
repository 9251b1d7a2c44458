"""Roles and passwords, without a database."""

import pytest

from ivr.people.passwords import UnfitPassword, judge, made_password
from ivr.people.roles import RIGHTS, Right, Role, rights_of


def test_every_role_may_do_something_and_every_right_is_somebodys() -> None:
    assert set(RIGHTS) == set(Role)
    assert rights_of(Role) == set(Right)
    assert all(RIGHTS.values())


def test_who_runs_the_line_does_not_hear_its_callers() -> None:
    admin = rights_of([Role.ADMIN])
    assert Right.USERS in admin
    assert not admin & {Right.PERSONAL, Right.RECORDINGS, Right.WORKPLACE}


def test_only_an_auditor_who_changes_nothing_and_an_admin_see_who_did_what() -> None:
    assert {role for role in Role if Right.AUDIT in RIGHTS[role]} == {Role.ADMIN, Role.AUDITOR}
    changing = {Right.USERS, Right.SETTINGS, Right.DIALPLANS_EDIT, Right.DIALPLANS_PUBLISH, Right.SUPERVISE}
    assert not rights_of([Role.AUDITOR]) & changing


def test_who_edits_a_dialplan_does_not_publish_it() -> None:
    assert Right.DIALPLANS_PUBLISH not in RIGHTS[Role.EDITOR]
    assert Right.DIALPLANS_EDIT not in RIGHTS[Role.PUBLISHER]


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("коротко", "короче"),
        ("а" * 201, "длиннее"),
        ("ivanova-2026", "имени"),
        ("aaaaaaaaaaaa", "прост"),
        ("12121212121212", "прост"),
    ],
)
def test_a_poor_password_is_not_taken(password: str, why: str) -> None:
    with pytest.raises(UnfitPassword, match=why):
        judge(password, "ivanova")


def test_a_made_password_is_fit_and_never_twice_the_same() -> None:
    made = {made_password() for _ in range(100)}
    assert len(made) == 100
    for one in made:
        judge(one, "admin")
