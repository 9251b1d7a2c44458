"""What a condition proves when it holds, and when it does not: names that have a value, and the caller's level."""

from dataclasses import dataclass

from ivr.flow.expression import Both, Compare, Constant, Either, Name, Not, Tree, Within

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Proof:
    known: frozenset[str] = NOTHING
    level: int = 0

    def and_also(self, other: "Proof") -> "Proof":
        return Proof(self.known | other.known, max(self.level, other.level))

    def or_else(self, other: "Proof") -> "Proof":
        return Proof(self.known & other.known, min(self.level, other.level))


NO_PROOF = Proof()


def if_true(tree: Tree) -> Proof:
    match tree:
        case Both(left, right):
            return if_true(left).and_also(if_true(right))
        case Either(left, right):
            return if_true(left).or_else(if_true(right))
        case Not(of):
            return if_false(of)
        case Name("caller.known"):
            # The number is on file: the street may be spoken of, not the money (bots/disclosure.py).
            return Proof(frozenset(("caller.known", "caller.phone")), level=1)
        case Name(name):
            return Proof(frozenset((name,)))
        case Within(Name(name), _):
            return Proof(frozenset((name,)))
        case Compare(sign, left, right):
            return _compared(sign, left, right)
    return NO_PROOF


def if_false(tree: Tree) -> Proof:
    match tree:
        case Both(left, right):
            return if_false(left).or_else(if_false(right))
        case Either(left, right):
            return if_false(left).and_also(if_false(right))
        case Not(of):
            return if_true(of)
        case Name("caller.hidden"):
            return Proof(frozenset(("caller.phone",)))
        case Compare("==", Name(name), Constant(None)) | Compare("==", Constant(None), Name(name)):
            return Proof(frozenset((name,)))
        case Compare("<", Name("level"), Constant(int(level))):
            return Proof(level=level)
        case Compare("<=", Name("level"), Constant(int(level))):
            return Proof(level=level + 1)
    return NO_PROOF


def _compared(sign: str, left: Tree, right: Tree) -> Proof:
    if isinstance(left, Constant) and isinstance(right, Name):
        left, right, sign = right, left, {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(sign, sign)
    match sign, left, right:
        case "!=", Name(name), Constant(value):
            # Of «x != 'a'» nothing follows: what is not known differs too.
            return Proof(frozenset((name,))) if value is None else NO_PROOF
        case "==" | ">=", Name("level"), Constant(int(level)):
            return Proof(level=level)
        case ">", Name("level"), Constant(int(level)):
            return Proof(level=level + 1)
        case _, Name(name), Constant(value) if value is not None and sign != "!=":
            return Proof(frozenset((name,)))
        case "<" | "<=" | ">" | ">=", Name(one), Name(other):
            return Proof(frozenset((one, other)))
    return NO_PROOF
