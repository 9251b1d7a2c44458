"""The whole configuration of an Asterisk that serves one line, generated from our settings.

`write` fills a folder for the private Asterisk; `snippets` gives the parts that somebody's own Asterisk needs from us.
Nothing here starts or talks to Asterisk.
"""

from asterisk.config.model import refusals
from asterisk.config.places import AsteriskPlaces, Misplaced
from asterisk.config.quote import Unfit
from asterisk.config.snippets import SNIPPETS, snippets
from asterisk.config.writer import ConfigRefused, ProgramFacts, Written, write

__all__ = [
    "SNIPPETS",
    "AsteriskPlaces",
    "ConfigRefused",
    "Misplaced",
    "ProgramFacts",
    "Unfit",
    "Written",
    "refusals",
    "snippets",
    "write",
]
