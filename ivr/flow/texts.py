"""Which form of a slot can say which type of variable. How slots are written is `ivr.prompts.slots`'s."""

from collections.abc import Mapping

from ivr.flow.expression import Type
from ivr.prompts.slots import counted_forms, groups_of

SAYS: Mapping[str, tuple[Type, ...]] = {
    "words": ("number",),
    "digits": ("text", "number"),
    "rubles": ("money",),
    "phone": ("text",),
    "account": ("text",),
    "date": ("date", "moment"),
    "day": ("date", "moment"),
    "time": ("moment",),
    "text": ("text",),
}
DEFAULT_FORM: Mapping[Type, str] = {
    "number": "words",
    "money": "rubles",
    "date": "date",
    "moment": "time",
    "text": "text",
}


def form_of(written: str, type_: Type) -> str:
    """The form a slot is said in: as written, or by its variable's type; empty where a type cannot be said."""
    return written or DEFAULT_FORM.get(type_, "")


def says(form: str) -> tuple[Type, ...]:
    """The types a form can say; none: there is no such form."""
    if form in SAYS:
        return SAYS[form]
    if groups_of(form) is not None:
        return ("text",)
    return ("number",) if counted_forms(form) is not None else ()
