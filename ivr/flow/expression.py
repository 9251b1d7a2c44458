"""What an admin may write in `if`, `set` and wherever a value is wanted: names, literals, comparisons; nothing runs.

An expression is parsed once, checked for its type against the names that are known, and evaluated in a few
microseconds. `none` is the value of what is not known: it equals only itself, and no order holds for it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from ivr.flow.finding import Place

Type = Literal["text", "number", "yes_no", "money", "date", "moment", "none"]
Value = str | int | float | bool | date | datetime | None
"""`money` is whole kopecks. A `datetime` is aware."""

MAX_LENGTH = 500
MAX_DEPTH = 30
ORDERED: frozenset[Type] = frozenset({"number", "money", "date", "moment"})

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*')|(?P<name>[^\W\d]\w*(?:\.\w+)*)"
    r"|(?P<sign>==|!=|<=|>=|[<>()\[\],+\-]))"
)
_WORDS = {"and", "or", "not", "in", "yes", "no", "none"}


class BadExpression(Exception):
    """It cannot be understood. `at` counts characters from 0; `name` is set where a name is unknown."""

    def __init__(self, message: str, at: int, *, name: str = "") -> None:
        super().__init__(message)
        self.at, self.name = at, name


@dataclass(frozen=True, slots=True)
class Constant:
    value: Value
    type: Type


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Not:
    of: "Tree"


@dataclass(frozen=True, slots=True)
class Both:
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True, slots=True)
class Either:
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True, slots=True)
class Compare:
    sign: str
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True, slots=True)
class Within:
    what: "Tree"
    among: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Sum:
    sign: str
    left: "Tree"
    right: "Tree"


Tree = Constant | Name | Not | Both | Either | Compare | Within | Sum


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was understood: as written, what it means, and of what type it is."""

    written: str
    place: Place
    tree: Tree
    type: Type

    def names(self) -> Iterator[str]:
        """Every variable it needs."""
        yield from _names(self.tree)

    def value(self, variables: Mapping[str, Value]) -> Value:
        """What it is now; a variable that is not set is `none`."""
        return _value(self.tree, variables)

    def true(self, variables: Mapping[str, Value]) -> bool:
        return self.value(variables) is True


def parse(written: str, place: Place, known: Mapping[str, Type]) -> Expression:
    """`known`: the names that may stand here, and their types. Raises `BadExpression`."""
    if len(written) > MAX_LENGTH:
        raise BadExpression(f"выражение длиннее {MAX_LENGTH} знаков", MAX_LENGTH)
    tree, type_ = _Parser(written, known).whole()
    return Expression(written, place, tree, type_)


def constant(value: str, place: Place) -> Expression:
    """A text as it stands."""
    return Expression(value, place, Constant(value, "text"), "text")


class _Parser:
    def __init__(self, written: str, known: Mapping[str, Type]) -> None:
        self._known = known
        self._tokens: list[tuple[str, str, int]] = []
        at, end = 0, len(written.rstrip())
        while at < end:
            found = _TOKEN.match(written, at)
            if found is None:
                at += len(written[at:]) - len(written[at:].lstrip())
                raise BadExpression(f"здесь непонятно: «{written[at : at + 12]}»", at)
            group = str(found.lastgroup)
            text = found[group]
            kind = "word" if group == "name" and text in _WORDS else group
            self._tokens.append((kind, text, found.start(group)))
            at = found.end()
        self._end = end
        self._next = 0
        self._depth = 0

    def whole(self) -> tuple[Tree, Type]:
        if not self._tokens:
            raise BadExpression("выражение пусто", 0)
        result = self._either()
        if self._next < len(self._tokens):
            raise BadExpression(f"лишнее: «{self._peek()[1]}»", self._peek()[2])
        return result

    # -- from the loosest binding to the tightest ------------------------------------------------------------------

    def _either(self) -> tuple[Tree, Type]:
        left = self._both()
        while self._took("or"):
            left = Either(self._yes_no(left), self._yes_no(self._both())), "yes_no"
        return left

    def _both(self) -> tuple[Tree, Type]:
        left = self._negated()
        while self._took("and"):
            left = Both(self._yes_no(left), self._yes_no(self._negated())), "yes_no"
        return left

    def _negated(self) -> tuple[Tree, Type]:
        if not self._took("not"):
            return self._compared()
        self._deeper()
        result: tuple[Tree, Type] = Not(self._yes_no(self._negated())), "yes_no"
        self._depth -= 1
        return result

    def _compared(self) -> tuple[Tree, Type]:
        left, type_ = self._summed()
        sign, at = self._peek()[1], self._peek()[2]
        if self._took("in"):
            return Within(left, self._list(left, type_)), "yes_no"
        if sign not in {"==", "!=", "<", "<=", ">", ">="}:
            return left, type_
        self._next += 1
        right, other = self._summed()
        left, right = self._same((left, type_), (right, other), at)
        if sign not in {"==", "!="} and type_ not in ORDERED and other not in ORDERED:
            raise BadExpression(f"«{sign}» сравнивает числа, суммы и даты, а здесь {_called(type_)}", at)
        return Compare(sign, left, right), "yes_no"

    def _list(self, what: Tree, type_: Type) -> tuple[Tree, ...]:
        self._need("[")
        among: list[Tree] = []
        while True:
            at = self._peek()[2]
            item = self._summed()
            among.append(self._same((what, type_), item, at)[1])
            if not self._took(","):
                break
        self._need("]")
        return tuple(among)

    def _summed(self) -> tuple[Tree, Type]:
        left, type_ = self._single()
        while (sign := self._peek())[1] in {"+", "-"} and sign[0] == "sign":
            self._next += 1
            right, other = self._single()
            if type_ not in {"number", "money"} or other != type_:
                raise BadExpression(f"«{sign[1]}» складывает числа с числами и суммы с суммами", sign[2])
            left = Sum(sign[1], left, right)
        return left, type_

    def _single(self) -> tuple[Tree, Type]:
        kind, text, at = self._peek()
        self._next += 1
        match kind:
            case "number":
                return Constant(float(text) if "." in text else int(text), "number"), "number"
            case "text":
                return Constant(text[1:-1], "text"), "text"
            case "word" if text in {"yes", "no"}:
                return Constant(text == "yes", "yes_no"), "yes_no"
            case "word" if text == "none":
                return Constant(None, "none"), "none"
            case "name":
                if text not in self._known:
                    raise BadExpression(f"неизвестное имя «{text}»", at, name=text)
                return Name(text, self._known[text]), self._known[text]
            case "sign" if text == "(":
                self._deeper()
                inside = self._either()
                self._need(")")
                self._depth -= 1
                return inside
        raise BadExpression("здесь не хватает значения" if not kind else f"здесь не должно быть «{text}»", at)

    # -- tokens and types -------------------------------------------------------------------------------------------

    def _peek(self) -> tuple[str, str, int]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("", "", self._end)

    def _took(self, text: str) -> bool:
        kind, found, _ = self._peek()
        if found != text or kind not in {"word", "sign"}:
            return False
        self._next += 1
        return True

    def _need(self, text: str) -> None:
        at = self._peek()[2]
        if not self._took(text):
            raise BadExpression(f"здесь не хватает «{text}»", at)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise BadExpression("слишком много скобок", self._peek()[2])

    def _yes_no(self, typed: tuple[Tree, Type]) -> Tree:
        tree, type_ = typed
        if type_ != "yes_no":
            at = self._tokens[self._next - 1][2]
            raise BadExpression(f"здесь нужно «да» или «нет», а это {_called(type_)}", at)
        return tree

    @staticmethod
    def _same(left: tuple[Tree, Type], right: tuple[Tree, Type], at: int) -> tuple[Tree, Tree]:
        """Both sides, if they can be compared. A number beside a sum is a sum of roubles."""
        match left, right:
            case (tree, "money"), (Constant(int() | float() as roubles), "number"):
                return tree, Constant(round(roubles * 100), "money")
            case (Constant(int() | float() as roubles), "number"), (tree, "money"):
                return Constant(round(roubles * 100), "money"), tree
        if left[1] != right[1] and "none" not in {left[1], right[1]}:
            raise BadExpression(f"нельзя сравнить: {_called(left[1])} и {_called(right[1])}", at)
        return left[0], right[0]


def _called(type_: Type) -> str:
    return {
        "text": "текст", "number": "число", "yes_no": "да или нет", "money": "сумма", "date": "дата",
        "moment": "время", "none": "ничего",
    }[type_]  # fmt: skip


def _names(tree: Tree) -> Iterator[str]:
    match tree:
        case Name(name):
            yield name
        case Not(of):
            yield from _names(of)
        case Both(left, right) | Either(left, right) | Compare(_, left, right) | Sum(_, left, right):
            yield from _names(left)
            yield from _names(right)
        case Within(what, among):
            yield from _names(what)
            for item in among:
                yield from _names(item)
        case Constant():
            pass


def _value(tree: Tree, variables: Mapping[str, Value]) -> Value:
    match tree:
        case Name(name):
            return variables.get(name)
        case Constant(value):
            return value
        case Compare(sign, left, right):
            return _compare(sign, _value(left, variables), _value(right, variables))
        case Both(left, right):
            return _value(left, variables) is True and _value(right, variables) is True
        case Either(left, right):
            return _value(left, variables) is True or _value(right, variables) is True
        case Not(of):
            return _value(of, variables) is not True
        case Within(what, among):
            value = _value(what, variables)
            return any(value == _value(item, variables) for item in among)
        case Sum(sign, left, right):
            first, second = _value(left, variables), _value(right, variables)
            if not isinstance(first, int | float) or not isinstance(second, int | float):
                return None
            return first + second if sign == "+" else first - second


def _compare(sign: str, left: Value, right: Value) -> bool:
    if sign == "==":
        return left == right
    if sign == "!=":
        return left != right
    if isinstance(left, datetime) and isinstance(right, datetime):
        return _ordered(sign, left.timestamp(), right.timestamp())
    if isinstance(left, date) and isinstance(right, date):
        return _ordered(sign, left.toordinal(), right.toordinal())
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _ordered(sign, left, right)
    return False


def _ordered(sign: str, left: float, right: float) -> bool:
    match sign:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
    return left >= right
