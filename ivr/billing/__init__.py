"""The port to the supplier's billing: accounts, meters, readings. Embedded, the line keeps them in its own tables."""

from ivr.billing.desk import KeyReused as KeyReused
from ivr.billing.desk import TableDesk as TableDesk
