"""The sounds of Russian as the line's own models have them; the order of `PHONES` is part of every model trained on it.

Vowels are told apart by stress (`A` is stressed, `a` is not), consonants by softness (`t'` is soft). ж, ш, ц are always
hard, ч, щ and й always soft, so they have one sound each.
"""

SILENCE, UNKNOWN = "SIL", "SPN"
"""No speech; speech that is no word of ours."""

STRESSED = ("A", "E", "I", "O", "U", "Y")
UNSTRESSED = ("a", "e", "i", "u", "y")
"""There is no unstressed «о»: it is said as «а»."""
VOWELS = (*STRESSED, *UNSTRESSED)

PAIRED = ("b", "v", "g", "d", "z", "k", "l", "m", "n", "p", "r", "s", "t", "f", "h")
"""Consonants that are hard or soft."""
UNPAIRED = ("zh", "sh", "c", "ch", "sch", "j")
CONSONANTS = (*PAIRED, *(f"{phone}'" for phone in PAIRED), *UNPAIRED)

PHONES: tuple[str, ...] = (SILENCE, UNKNOWN, *sorted((*VOWELS, *CONSONANTS)))
