"""How the carriers' trunks are: registered, answering, refused. For `gudok doctor` and the metrics.

`told` is a pure function over what Asterisk's manager says, one event after another; `look` asks for the state at once,
for whoever has just connected.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from asterisk.ami.errors import ActionRefused
from asterisk.ami.orders import Orders
from asterisk.config.model import carrier, trunk_endpoint
from ivr.settings import Trunk


class Registration(StrEnum):
    NOT_USED = "not_used"
    """The carrier knows us by our address."""
    UNKNOWN = "unknown"
    REGISTERED = "registered"
    UNREGISTERED = "unregistered"
    """The carrier has not answered, or let it lapse; it is tried again."""
    REJECTED = "rejected"
    """The carrier said no; usually the name or the password is wrong."""
    STOPPED = "stopped"


class Answering(StrEnum):
    NOT_ASKED = "not_asked"
    """`qualify_seconds = 0`."""
    UNKNOWN = "unknown"
    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"


class TrunkState(StrEnum):
    """A trunk in one word: the worst that is known of it."""

    REGISTERED = "registered"
    REACHABLE = "reachable"
    UNKNOWN = "unknown"
    UNREGISTERED = "unregistered"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class TrunkStatus:
    name: str
    host: str
    registration: Registration
    answering: Answering
    cause: str = ""
    """Why a registration failed, in the carrier's words, if it gave any."""
    roundtrip: float | None = None
    """Seconds until the carrier answered the last time."""

    @property
    def state(self) -> TrunkState:
        # A carrier that goes down may refuse before it falls silent: what it does not answer now is the newer news.
        if self.answering is Answering.UNREACHABLE:
            return TrunkState.UNREACHABLE
        if self.registration in (Registration.REJECTED, Registration.STOPPED):
            return TrunkState.REJECTED
        if self.registration is Registration.UNREGISTERED:
            return TrunkState.UNREGISTERED
        if self.registration is Registration.REGISTERED:
            return TrunkState.REGISTERED
        if self.registration is Registration.NOT_USED and self.answering is Answering.REACHABLE:
            return TrunkState.REACHABLE
        return TrunkState.UNKNOWN

    @property
    def usable(self) -> bool:
        """Whether calls may be expected to pass; one that is never asked counts as usable."""
        if self.registration is Registration.NOT_USED and self.answering is Answering.NOT_ASKED:
            return True
        return self.state in (TrunkState.REGISTERED, TrunkState.REACHABLE)

    @property
    def mend(self) -> str:
        """What a person can do about it; empty if nothing is wrong."""
        match self.state:
            case TrunkState.REJECTED:
                why = f" ({self.cause})" if self.cause else ""
                return f"{self.host} refuses us{why}: are username and secrets/trunk-{self.name} what the carrier gave?"
            case TrunkState.UNREACHABLE:
                refused = "; it refused the registration before" if self.registration is Registration.REJECTED else ""
                return f"{self.host} does not answer: network, firewall, host, port? The carrier may be down{refused}"
            case TrunkState.UNREGISTERED:
                return f"{self.host} has not confirmed the registration: it is tried again; is the host right?"
            case TrunkState.UNKNOWN if self.answering is not Answering.NOT_ASKED:
                return f"{self.host} has not answered yet"
        return ""


Trunks = Mapping[str, TrunkStatus]

_REGISTRATIONS = {
    "registered": Registration.REGISTERED,
    "unregistered": Registration.UNREGISTERED,
    "unregistering": Registration.UNREGISTERED,
    "stopping": Registration.STOPPED,
    "stopped": Registration.STOPPED,
    "rejected": Registration.REJECTED,
}
_ANSWERS = {"reachable": Answering.REACHABLE, "unreachable": Answering.UNREACHABLE}


def unheard(trunks: Iterable[Trunk]) -> dict[str, TrunkStatus]:
    """The trunks of the settings before anything is known of them."""
    return {
        each.name: TrunkStatus(
            name=each.name,
            host=each.host,
            registration=Registration.UNKNOWN if each.auth == "registration" else Registration.NOT_USED,
            answering=Answering.UNKNOWN if each.qualify_seconds else Answering.NOT_ASKED,
        )
        for each in trunks
    }


def told(known: Trunks, event: Mapping[str, str], trunks: Iterable[Trunk]) -> Trunks:
    """The trunks after an event of the manager (`Registry`, `ContactStatus`, `OutboundRegistrationDetail`).

    Any other event, and one about something else, changes nothing.
    """
    match event.get("Event"):
        case "Registry":
            # It names the registration by its URI; a name of ours is not in it.
            uri = event.get("Username", "")
            name = next((each.name for each in trunks if carrier(each, None).client_uri == uri), None)
        case "OutboundRegistrationDetail":
            name = _name(known, event.get("ObjectName", ""))
        case "ContactStatus":
            return _answered(known, event)
        case _:
            return known
    registration = _REGISTRATIONS.get(event.get("Status", "").partition(" ")[0].lower())
    if name is None or name not in known or registration is None:
        return known
    cause = event.get("Cause", "") if registration is not Registration.REGISTERED else ""
    return {**known, name: replace(known[name], registration=registration, cause=cause)}


def _answered(known: Trunks, event: Mapping[str, str]) -> Trunks:
    name = _name(known, event.get("AOR", ""))
    answering = _ANSWERS.get(event.get("ContactStatus", "").lower())
    if name is None or answering is None:
        return known
    took = event.get("RoundtripUsec", "")
    reached = answering is Answering.REACHABLE
    roundtrip = int(took) / 1e6 if reached and took.isascii() and took.isdigit() else None
    return {**known, name: replace(known[name], answering=answering, roundtrip=roundtrip)}


def _name(known: Trunks, endpoint: str) -> str | None:
    return next((name for name in known if trunk_endpoint(name) == endpoint), None)


async def look(manager: Orders, trunks: Iterable[Trunk]) -> Trunks:
    """How the trunks are now, asked of Asterisk."""
    trunks = tuple(trunks)
    known: Trunks = unheard(trunks)
    if any(each.auth == "registration" for each in trunks):
        try:
            details = await manager.list_action("PJSIPShowRegistrationsOutbound")
        except ActionRefused:
            # Asterisk's way to say that there are none: it does not have our configuration.
            details = []
        for event in details:
            known = told(known, event, trunks)
    for each in trunks:
        if each.qualify_seconds:
            aor = trunk_endpoint(each.name)
            contact = await _value(manager, f"PJSIP_AOR({aor},contact)")
            if contact:
                status = await _value(manager, f"PJSIP_CONTACT({contact},status)")
                took = await _value(manager, f"PJSIP_CONTACT({contact},rtt)")
                known = _answered(known, {"AOR": aor, "ContactStatus": status, "RoundtripUsec": took})
    return known


async def _value(manager: Orders, function: str) -> str:
    return str((await manager.action("Getvar", {"Variable": function})).headers.get("Value", ""))
