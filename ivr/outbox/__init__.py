"""What must reach another system and may have to wait: kept durably, handed over later, at least once with its key."""

from ivr.outbox.delivery import Delivery as Delivery
from ivr.outbox.message import Message as Message
from ivr.outbox.message import NotNow as NotNow
from ivr.outbox.message import Refused as Refused
from ivr.outbox.message import Sender as Sender
from ivr.outbox.outbox import Outbox as Outbox
