"""Webhooks without a network: signatures, bodies that never change their keys, the file that names who is told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.around_schema import webhooks_schema
from ivr.flow.webhooks_file import read_webhooks
from ivr.journal.events import Event, Kind
from ivr.store import to_json
from ivr.webhooks.bodies import bodies
from ivr.webhooks.signature import FRESH_SECONDS, signature, verified
from ivr.webhooks.subscription import Subscription

CALL = UUID("019ab3c4-5d6e-7f80-9123-456789abcdef")
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)


def happened(*kinds: tuple[Kind, dict[str, object]]) -> list[Event]:
    return [
        Event(UUID(int=at), "energosbyt", "node1", CALL, at, NOW + timedelta(seconds=at), kind, 1, data)
        for at, (kind, data) in enumerate(kinds, start=1)
    ]


WHOLE = happened(
    (Kind.ARRIVED, {"caller": "+79130000001", "dialled": "88003505566"}),
    (Kind.STORED, {"account": "7001234567", "serial": "1", "values": {"single": "12345"}, "keys": {"single": "k"}}),
    (Kind.REQUESTED, {"account": "7001234567", "number": "17", "request": "complaint", "key": "r"}),
    (Kind.RATED, {"rating": 5, "scale": [1, 5]}),
    (Kind.ENDED, {"exit": "done"}),
    (Kind.HUNG_UP, {"cause": 16}),
)


@given(st.text(), st.binary(), st.integers(0, 2**38))
def test_what_was_signed_is_known_and_nothing_else(secret: str, body: bytes, at: int) -> None:
    header = signature(secret, at, body)
    assert verified(header, secret, body, now=at)
    assert not verified(header, secret, body + b" ", now=at)
    assert not verified(header, secret + "x", body, now=at)
    assert not verified(header, secret, body, now=at + FRESH_SECONDS + 1)


@given(st.text())
def test_a_strange_signature_is_only_wrong(header: str) -> None:
    assert not verified(header, "secret", b"{}", now=0)


def test_a_finished_call_is_told_part_by_part_and_as_a_whole() -> None:
    made = list(bodies(WHOLE))
    assert [one.event for one in made] == ["reading", "request", "rating", "contact"]
    assert [one.key for one in made] == [
        f"reading-{CALL}-node1-2", f"request-{CALL}-node1-3", f"rating-{CALL}-node1-4", f"contact-{CALL}",
    ]  # fmt: skip
    contact = made[-1].fields["contact"]
    assert contact["phone"] == "+79130000001"
    assert contact["ivr_ms"] == 5000
    assert all(one.fields["version"] == 1 and to_json(one.fields) for one in made)


def test_the_keys_stay_the_same_when_more_is_known() -> None:
    assert {one.key for one in bodies(WHOLE[:-1])} <= {one.key for one in bodies(WHOLE)}


def test_a_call_that_goes_on_is_no_contact_yet() -> None:
    assert [one.event for one in bodies(WHOLE[:2])] == ["reading"]
    assert list(bodies([])) == []


def test_an_editor_sees_the_shape_of_the_file() -> None:
    good = {"webhooks": {"crm": {"url": "https://a.example", "events": ["contact"]}}}
    jsonschema.validate(good, webhooks_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"webhooks": {"crm": {"url": "https://a.example", "events": ["calls"]}}}, webhooks_schema())


def test_the_file_says_who_is_told_what(tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text(
        "webhooks: {crm: {url: 'https://crm.example/gudok', events: [contact, rating]}}", encoding="utf-8"
    )
    (one,), findings = read_webhooks(tmp_path)
    assert findings == []
    assert one == Subscription("crm", "https://crm.example/gudok", frozenset({"contact", "rating"}))
    assert read_webhooks(tmp_path / "nowhere") == ((), [])


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("{Crm!: {url: 'https://a.example', events: [contact]}}", ["E290"]),
        ("{crm: {url: 'ftp://a.example', events: [contact]}}", ["E291"]),
        ("{crm: {url: 'https://[', events: [contact]}}", ["E291"]),
        ("{crm: {url: 'https://me:pw@a.example', events: [contact]}}", ["E292"]),
        ("{crm: {url: 'http://a.example', events: [contact]}}", ["W293"]),
        ("{crm: {url: 'http://127.0.0.1:9000', events: [contact]}}", []),
        ("{crm: {url: 'https://a.example', events: [contacts]}}", ["E115"]),
        ("{crm: {url: 'https://a.example'}}", ["E103"]),
        ("{crm: {url: 'https://a.example', events: [contact], secret: x}}", ["E102"]),
    ],
)
def test_what_is_wrong_with_the_file_is_said(tmp_path: Path, written: str, codes: list[str]) -> None:
    (tmp_path / "webhooks.yaml").write_text(f"webhooks: {written}\n", encoding="utf-8")
    assert [finding.code for finding in read_webhooks(tmp_path)[1]] == codes
