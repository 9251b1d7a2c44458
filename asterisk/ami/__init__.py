"""The link to Asterisk's manager (AMI): typed events in, actions out, on panoramisk 1.4 hardened.

Used of panoramisk: `Message.from_line` (parsing), `Action` (identifiers, rendering) and `AMIProtocol` (sending, the
table of answers). Its `Manager` is not: connecting again, pinging, dispatching and giving up are our own, in `link`.
"""

from asterisk.ami.errors import (
    ActionFailed,
    ActionFate,
    ActionRefused,
    AmiError,
    BadAction,
    LinkClosed,
    LinkDown,
    LoginRefused,
)
from asterisk.ami.link import AmiLink
from asterisk.ami.message import Headers
from asterisk.ami.orders import Orders, Originate, Reply
from asterisk.ami.present import (
    BridgeNow,
    ChannelNow,
    Disconnected,
    Lost,
    MemberNow,
    QueueNow,
    Resync,
    SystemNow,
    WaitingNow,
)
from asterisk.ami.terms import Manager, Patience

__all__ = [
    "ActionFailed",
    "ActionFate",
    "ActionRefused",
    "AmiError",
    "AmiLink",
    "BadAction",
    "BridgeNow",
    "ChannelNow",
    "Disconnected",
    "Headers",
    "LinkClosed",
    "LinkDown",
    "LoginRefused",
    "Lost",
    "Manager",
    "MemberNow",
    "Orders",
    "Originate",
    "Patience",
    "QueueNow",
    "Reply",
    "Resync",
    "SystemNow",
    "WaitingNow",
]
