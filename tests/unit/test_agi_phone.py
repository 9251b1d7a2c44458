"""What the telephone makes of the headers of a session, without a telephone."""

from uuid import UUID

import pytest

from asterisk.phone import info_of

CALL = UUID("01a1fe05-83d6-7485-b54c-9083c1a0e53f")
HEADERS = {
    "channel": "PJSIP/gudok-caller-00000000",
    "uniqueid": "node1-1795261188.1",
    "callerid": "89161234567",
    "callingpres": "0",
    "dnid": "88003505566",
    "extension": "s",
    "language": "ru",
}


@pytest.mark.parametrize(
    ("headers", "caller"),
    [
        ({}, "89161234567"),
        ({"callerid": "unknown"}, None),
        ({"callerid": "anonymous"}, None),
        ({"callerid": ""}, None),
        ({"callingpres": "32"}, None),
        ({"callingpres": "67"}, None),
        ({"callingpres": "3"}, "89161234567"),
        ({"callingpres": "?"}, "89161234567"),
    ],
)
def test_a_number_is_known_only_if_it_was_meant_to_be_seen(headers: dict[str, str], caller: str | None) -> None:
    assert info_of({**HEADERS, **headers}, CALL).caller == caller


@pytest.mark.parametrize(
    ("headers", "dialled"),
    [
        ({"arg_2": "88003505566", "dnid": "3505566"}, "88003505566"),
        ({}, "88003505566"),
        ({"dnid": "unknown"}, "s"),
        ({"dnid": "unknown", "extension": ""}, ""),
    ],
)
def test_the_dialled_number_is_what_the_dialplan_says_first(headers: dict[str, str], dialled: str) -> None:
    assert info_of({**HEADERS, **headers}, CALL).dialled == dialled


def test_a_call_without_a_linked_id_is_its_own() -> None:
    assert info_of(HEADERS, CALL).linkedid == "node1-1795261188.1"
    assert info_of({**HEADERS, "arg_3": "node1-7.7"}, CALL).linkedid == "node1-7.7"


def test_the_supplier_comes_from_the_dialplan() -> None:
    assert info_of({**HEADERS, "arg_1": "energosbyt"}, CALL).variables == {"GUDOK_SUPPLIER": "energosbyt"}
