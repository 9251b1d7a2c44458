"""What the templates are filled with: our settings, looked at as an Asterisk needs them.

Names of contexts, endpoints, queues and numbers are decided here and nowhere else, so that the rooms that dial, queue
and redirect can ask for them.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from asterisk.config import quote
from ivr.flow.supplier.supplier_settings import read_settings
from ivr.recordings.keeper import LIVE
from ivr.settings import Settings, Trunk

LINE_CONTEXT = "gudok-line"
FALLBACK_CONTEXT = "gudok-fallback"
"""`gudok-fallback,s,1` takes any channel at any moment: an apology, the operators' queue, then a recorded message."""
CALLER_CONTEXT = "gudok-caller"
OPERATOR_CONTEXT = "operators"
CALLER_ENDPOINT = "gudok-caller"
AMI_USER = "gudok"
AMI_UP_USER = "gudok-up"
AMI_RECORD_USER = "gudok-record"
PARK_NUMBER = "700"
JOIN_NUMBER = "730"
"""Where an operator sends the colleague they consult, to have them in the talk with the caller."""
FIRST_QUEUE_NUMBER = 600
BENCH_NUMBER = "0100"
LONGEST_LIVE = 110
"""Letters of the path of `recordings/live`: Asterisk's queues have room for 256 with the name of the file."""
LONGEST_CALL_SECONDS = 7200
"""The last resort against a channel nobody lets go: long enough never to cut a conversation with an operator."""


@dataclass(frozen=True, slots=True)
class Member:
    interface: str
    name: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as Asterisk has it: `<supplier>-<name>`, the number operators dial for it, who serves in it."""

    name: str
    short: str
    number: str
    members: tuple[Member, ...]
    recorded: bool = False
    """Whether its supplier has talks out of it recorded."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A trunk with everything its sections of pjsip.conf say, worked out."""

    trunk: Trunk
    endpoint: str
    context: str
    server_uri: str
    client_uri: str
    contact: str
    proxy: str | None
    transport: str
    match: tuple[str, ...]
    password: str | None


_QUEUE = re.compile(r"[a-zA-Z0-9_.-]{1,40}")
MOST_QUEUES = 100
"""Their numbers must end before those of parking begin."""


def queue_name(supplier: str, queue: str) -> str:
    return f"{supplier}-{queue}"


def trunk_endpoint(name: str) -> str:
    return f"trunk-{name}"


def queues_of(settings: Settings, more: Sequence[str] = ()) -> tuple[Queue, ...]:
    """Every queue an operator serves in or a dialplan names; `operators`, where calls fall back to, always.

    A queue of another supplier than the line's own is called `supplier/queue`.
    """
    served = [name for each in settings.operators for name in each.queues]
    names = dict.fromkeys(_plain(settings, name) for name in ["operators", *served, *more, *_named(settings)])
    return tuple(
        Queue(
            name=quote.section(queue_name(*_owner(settings, name))),
            short=name,
            number=str(FIRST_QUEUE_NUMBER + place),
            members=tuple(
                Member(f"PJSIP/{each.name}", each.name)
                for each in settings.operators
                if name in [_plain(settings, served) for served in each.queues]
            ),
            recorded=_recorded(settings, name),
        )
        for place, name in enumerate(list(names)[:MOST_QUEUES])
    )


def _recorded(settings: Settings, name: str) -> bool:
    supplier, queue = _owner(settings, name)
    told, _ = read_settings(settings.dialplans / supplier)
    return told is not None and told.recordings.queue(queue)


def _named(settings: Settings) -> Iterator[str]:
    """The queues of all suppliers' folders as they are now; one that Asterisk cannot have is no reason not to start."""
    for file in sorted(settings.dialplans.glob("*/line.yaml")):
        told, _ = read_settings(file.parent)
        for queue in told.queues if told is not None else ():
            if _QUEUE.fullmatch(queue):
                yield f"{file.parent.name}/{queue}"


def _owner(settings: Settings, name: str) -> tuple[str, str]:
    supplier, slash, queue = name.partition("/")
    return (supplier, queue) if slash else (settings.supplier, name)


def _plain(settings: Settings, name: str) -> str:
    """The line's own queues go by their names alone."""
    return name.removeprefix(f"{settings.supplier}/")


def number_forms(line: str) -> tuple[str, ...]:
    """The ways a Russian number is dialled; the first is the one the line is known by."""
    digits = line.lstrip("+")
    forms = [line]
    if len(digits) == 11 and digits[0] in "78":
        forms += [f"8{digits[1:]}", f"7{digits[1:]}", f"+7{digits[1:]}", digits[1:]]
    return tuple(dict.fromkeys(forms))


def other_numbers(settings: Settings) -> tuple[tuple[str, str], ...]:
    """How the other numbers of these suppliers are dialled, and which number it is: as their folders have them now."""
    own = set(number_forms(settings.line))
    found: dict[str, str] = {}
    for file in sorted(settings.dialplans.glob("*/line.yaml")):
        told, _ = read_settings(file.parent)
        for number in told.numbers if told is not None else ():
            found |= {form: number for form in number_forms(number) if form not in own and _dialled(form)}
    return tuple(found.items())


def _dialled(number: str) -> bool:
    """Whether Asterisk can have it: what is wrong with a supplier's folder is no reason not to start."""
    try:
        quote.extension(number)
    except quote.Unfit:
        return False
    return True


def sip_uri(host: str, port: int, transport: str, user: str | None = None) -> str:
    who = f"{quote.user(user)}@" if user is not None else ""
    how = "" if transport == "udp" else f";transport={transport}"
    return f"sip:{who}{quote.host(host)}:{port}{how}"


def carrier(trunk: Trunk, password: str | None) -> Carrier:
    username = trunk.username or trunk.name
    contact = sip_uri(trunk.host, trunk.port, trunk.transport)
    proxy = None
    if trunk.outbound_proxy is not None:
        name, _, port = trunk.outbound_proxy.partition(":")
        proxy = sip_uri(name, int(port) if port.isdigit() else trunk.port, trunk.transport) + ";lr"
    return Carrier(
        trunk=trunk,
        endpoint=quote.section(trunk_endpoint(trunk.name)),
        context=quote.section(f"gudok-trunk-{trunk.name}"),
        server_uri=contact,
        client_uri=sip_uri(trunk.from_domain or trunk.host, trunk.port, trunk.transport, username),
        contact=contact,
        proxy=proxy,
        transport=trunk.transport,
        match=tuple(quote.network(each) for each in (trunk.match or (trunk.host,))),
        password=password,
    )


def loopback_needed(bind: str) -> bool:
    """Whether the address we bind leaves loopback unserved, where the embedded line must always be rung."""
    address = ip_address(bind)
    return not (address.is_loopback or address.is_unspecified)


def twice(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({name for name in names if name in seen or seen.add(name)})  # type: ignore[func-returns-value]


def has_password(settings: Settings, trunk: str) -> bool:
    """Whether somebody gave the carrier's password; unlike our own secrets it cannot be made up."""
    given = f"GUDOK_TRUNK_{trunk.upper().replace('-', '_')}_FILE" in os.environ
    return given or (settings.places.secrets / f"trunk-{trunk}").exists()


def passwords_lacking(settings: Settings) -> list[str]:
    """Trunks that register and have no password."""
    return [
        each.name for each in settings.trunks if each.auth == "registration" and not has_password(settings, each.name)
    ]


def refusals(settings: Settings, queues: Sequence[str] = ()) -> list[str]:
    """Why these settings make no working Asterisk, everything at once; an empty list when they do."""
    found: list[str] = []
    try:
        ip_address(settings.bind)
    except ValueError:
        found.append(f"bind: {settings.bind!r} is not an IP address")
    names = [each.name for each in settings.operators]
    found += [f"operators: {name!r} is there twice" for name in twice(name.replace("-", "") for name in names)]
    found += [f"trunks: {name!r} is there twice" for name in twice(each.name for each in settings.trunks)]
    numbers = {PARK_NUMBER, JOIN_NUMBER, BENCH_NUMBER, *number_forms(settings.line)}
    numbers |= {each.number for each in queues_of(settings, queues)} | {str(place) for place in range(701, 721)}
    if settings.draft_line is not None:
        if settings.draft_line in numbers:
            found.append(f"draft_line: {settings.draft_line} is the number of something else; take another, e.g. *99")
        numbers.add(settings.draft_line)
    for name in names:
        try:
            quote.extension(name)
        except quote.Unfit as error:
            found.append(f"operators: {error}")
        if name in numbers:
            found.append(f"operators: {name!r} is the number of something else (a queue, parking or the line)")
        if name.startswith(("trunk-", "gudok-")):
            found.append(f"operators: {name!r} begins like a name of ours (trunk-, gudok-): take another")
    for trunk in settings.trunks:
        if trunk.transport == "tls" and settings.tls is None:
            found.append(f"trunks: {trunk.name!r} wants TLS: give [tls] a certificate and a key")
        try:
            carrier(trunk, None)
        except quote.Unfit as error:
            found.append(f"trunks: {trunk.name!r}: {error}")
    without = [str(settings.places.secrets / f"trunk-{name}") for name in passwords_lacking(settings)]
    if without:
        found.append(f"a trunk that registers needs the carrier's password: write it into {', '.join(without)}")
    live = settings.places.recordings.absolute() / LIVE
    if len(os.fsencode(live)) > LONGEST_LIVE and any(each.recorded for each in queues_of(settings, queues)):
        found.append(f"{live}: too long a path for recordings ({LONGEST_LIVE} bytes at most): take a shorter --data")
    if settings.tls is not None:
        for what, path in (("certificate", settings.tls.certificate), ("key", settings.tls.key)):
            found += _unreadable(f"tls.{what}", path)
        if settings.tls.ca is not None:
            found += _unreadable("tls.ca", settings.tls.ca)
        if settings.tls.port == settings.ports.sip:
            found.append("tls.port: is the port of plain SIP; take another")
    return found


def _unreadable(what: str, path: Path) -> list[str]:
    try:
        with path.open("rb"):
            return []
    except OSError as error:
        return [f"{what}: cannot read {path}: {error.strerror}"]
