"""How each kind of question is listened to, and which keys answer it by themselves. Pure data and its choosing."""

from collections.abc import Mapping
from dataclasses import replace

from bots.talk import Act, Answer, Question
from ivr.call.complete import complete
from ivr.call.phone import KeysWanted, Listen, SpeechWanted

MOST_CHOICES = 8
"""Choices of a spoken menu that have a key: nine is taken by «не звоните»."""

_DIGITS = KeysWanted(most=12, end="#", clear="*", next_seconds=4.0)
KEYS: Mapping[str, KeysWanted] = {
    "reading": _DIGITS,
    "account": replace(_DIGITS, most=20),
    "phone": _DIGITS,
    "digits": replace(_DIGITS, most=20),
    "rating": KeysWanted(most=2, end="#", clear="*", next_seconds=2.0),
}
SPEECH: Mapping[str, SpeechWanted] = {
    "reading": SpeechWanted("reading", end_seconds=1.4, longest_seconds=25.0),
    "account": SpeechWanted("account", end_seconds=1.6, longest_seconds=30.0),
    "phone": SpeechWanted("account", end_seconds=1.6, longest_seconds=25.0),
    "confirm": SpeechWanted("yesno", end_seconds=0.7, end_complete_seconds=0.2, longest_seconds=10.0),
    "rating": SpeechWanted("rating", end_seconds=0.7, end_complete_seconds=0.3, longest_seconds=8.0),
    "date": SpeechWanted("date", end_seconds=1.0, longest_seconds=15.0),
    "digits": SpeechWanted("account", end_seconds=1.6, longest_seconds=30.0),
    "free": SpeechWanted("free", end_seconds=1.2, longest_seconds=30.0),
    "menu": SpeechWanted("menu", end_seconds=0.8, end_complete_seconds=0.4, longest_seconds=10.0),
}
_CONFIRM: Mapping[str, Act] = {"1": "yes", "2": "no", "0": "operator"}

CORRECTION_SECONDS = 1.0
"""The silence that ends a «нет» to a value: after it the right one may be dictated."""

Commands = Mapping[str, Answer]


def commands(question: Question) -> Commands | None:
    """The keys that mean something by themselves; None where every digit is a digit of the answer.

    A menu's choices are on 1, 2, 3… in their order, below the operator's 0; nine stops the calls that we make.
    """
    match question.expect:
        case "confirm":
            found = {key: Answer(act) for key, act in _CONFIRM.items()}
        case "menu":
            numbered = enumerate(list(question.choices)[:MOST_CHOICES], 1)
            found = {str(at): Answer("choice", {"choice": choice}) for at, choice in numbered}
        case "free" | "date":
            found = {}  # no digit is a part of such an answer
        case _:
            return None
    return _with_common(found, question)


def menu_commands(keys: Mapping[str, str], question: Question) -> Commands:
    """The same for a menu of a flow: `keys` from a key to its choice; they beat the common ones."""
    return _with_common({key: Answer("choice", {"choice": choice}) for key, choice in keys.items()}, question)


def _with_common(found: dict[str, Answer], question: Question) -> Commands:
    common: dict[str, Answer] = {"0": Answer("operator"), "*": Answer("repeat")}
    if question.outbound:
        common["9"] = Answer("opt_out")
    return {**common, **found}


def listen(question: Question, pressed: Commands | None, *, spoken: bool = True) -> Listen:
    """The ear of a question. `spoken`: whether words are listened for at all."""
    speech = None
    if spoken:
        phrases = tuple(phrase for phrases in question.choices.values() for phrase in phrases)
        speech = replace(SPEECH[question.expect], key=question.key, phrases=phrases, complete=complete(question))
        if question.expect == "confirm" and question.confirming:
            speech = replace(speech, end_seconds=CORRECTION_SECONDS)
    if pressed is not None:
        # What was read back must have been heard before it is confirmed: a key too many is no yes.
        return Listen(KeysWanted(most=1, allowed="".join(pressed)), speech, ahead=question.expect != "confirm")
    keys = KEYS.get(question.expect)
    if keys is not None and question.expect == "rating":
        keys = replace(keys, most=len(str(question.scale[1])))
    return Listen(keys, speech)
