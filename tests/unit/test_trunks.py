"""What the manager tells of trunks, folded into one state for each."""

import pytest

from asterisk.trunks import Answering, Registration, Trunks, TrunkState, told, unheard
from ivr.settings import Trunk

NAMED = Trunk(name="rt", host="sip.carrier.ru", username="78001112233")
BY_ADDRESS = Trunk(name="mts", host="192.0.2.1", auth="ip")
UNASKED = Trunk(name="old", host="192.0.2.2", auth="ip", qualify_seconds=0)
ALL = (NAMED, BY_ADDRESS, UNASKED)

URI = "sip:78001112233@sip.carrier.ru:5060"


def after(*events: dict[str, str]) -> Trunks:
    known: Trunks = unheard(ALL)
    for event in events:
        known = told(known, event, ALL)
    return known


def registry(status: str, **more: str) -> dict[str, str]:
    return {"Event": "Registry", "ChannelType": "PJSIP", "Username": URI, "Status": status, **more}


def contact(trunk: str, status: str, took: str = "0") -> dict[str, str]:
    return {"Event": "ContactStatus", "AOR": f"trunk-{trunk}", "ContactStatus": status, "RoundtripUsec": took}


def test_nothing_is_claimed_before_anything_is_known() -> None:
    known = after()
    assert known["rt"].state is TrunkState.UNKNOWN
    assert not known["rt"].usable
    assert known["mts"].registration is Registration.NOT_USED
    assert known["old"].answering is Answering.NOT_ASKED
    assert known["old"].usable
    assert known["old"].mend == ""


def test_a_registration_is_known_by_its_uri() -> None:
    known = after(registry("Registered"))
    assert known["rt"].state is TrunkState.REGISTERED
    assert known["rt"].usable
    assert after({**registry("Registered"), "Username": "sip:other@sip.carrier.ru:5060"}) == unheard(ALL)


def test_a_refusal_says_what_to_compare_and_is_forgotten_once_it_is_mended() -> None:
    refused = after(registry("Rejected", Cause="403 Forbidden"))["rt"]
    assert refused.state is TrunkState.REJECTED
    assert "403 Forbidden" in refused.mend
    assert "secrets/trunk-rt" in refused.mend
    mended = after(registry("Rejected", Cause="403 Forbidden"), registry("Registered"))["rt"]
    assert mended.cause == ""
    assert mended.mend == ""


def test_a_carrier_that_does_not_answer_outweighs_an_old_registration() -> None:
    known = after(registry("Registered"), contact("rt", "Unreachable"))
    assert known["rt"].state is TrunkState.UNREACHABLE
    assert not known["rt"].usable
    back = told(known, contact("rt", "Reachable", "21500"), ALL)
    assert back["rt"].state is TrunkState.REGISTERED
    assert back["rt"].roundtrip == pytest.approx(0.0215)


def test_a_carrier_that_refused_and_then_fell_silent_is_unreachable_and_both_are_told() -> None:
    silent = after(registry("Rejected"), contact("rt", "Unreachable"))["rt"]
    assert silent.state is TrunkState.UNREACHABLE
    assert "refused the registration" in silent.mend


def test_a_trunk_known_by_address_is_as_good_as_its_answers() -> None:
    assert after(contact("mts", "Reachable"))["mts"].state is TrunkState.REACHABLE
    assert after(contact("mts", "Unreachable"))["mts"].state is TrunkState.UNREACHABLE


def test_a_listing_tells_the_same_as_events() -> None:
    detail = {"Event": "OutboundRegistrationDetail", "ObjectName": "trunk-rt", "Status": "Registered (exp. 12s)"}
    assert after(detail)["rt"].state is TrunkState.REGISTERED


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Event": "Hangup"},
        {"Event": "Registry"},
        {"Event": "Registry", "Username": URI},
        {"Event": "Registry", "Username": URI, "Status": "Dancing"},
        {"Event": "ContactStatus"},
        {"Event": "ContactStatus", "AOR": "101", "ContactStatus": "Reachable"},
        {"Event": "ContactStatus", "AOR": "trunk-rt", "ContactStatus": "Created"},
        {"Event": "OutboundRegistrationDetail", "ObjectName": "trunk-elsewhere", "Status": "Registered"},
    ],
)
def test_what_is_about_something_else_changes_nothing(event: dict[str, str]) -> None:
    assert after(event) == unheard(ALL)


@pytest.mark.parametrize("took", ["", "N/A", "-1", "²"])
def test_a_roundtrip_that_is_no_number_is_left_out(took: str) -> None:
    assert after(contact("mts", "Reachable", took))["mts"].roundtrip is None
