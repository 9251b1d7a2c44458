"""How a slot stands in a text, `{name|form}`: one grammar for those who check wordings and those who speak them."""

import re

SLOT = re.compile(r"\{([\w.]+)(?:\|([^{}]*))?\}")
