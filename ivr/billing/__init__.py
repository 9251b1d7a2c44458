"""The port to the supplier's billing: accounts, meters, readings. Embedded, the line keeps them in its own tables."""

from ivr.billing.desk import TableDesk as TableDesk
from ivr.billing.kept import KeyReused as KeyReused
from ivr.billing.port import BillingPort as BillingPort
