"""How many operators a load of calls wants: Erlang C where everybody waits, Erlang A where people give up. Pure.

`load` is in erlangs: calls a second times the mean handling time in seconds. With as many erlangs as operators or more
a queue of the patient grows for ever.
"""

import math
from dataclasses import dataclass

MOST_OPERATORS = 100_000
_PRECISE = 1e-14


@dataclass(frozen=True, slots=True)
class Staffing:
    """What so many operators give: shares from 0 to 1, seconds."""

    operators: int
    waits: float
    """The share of calls that wait at all."""
    service_level: float
    """The share answered within the target, of all that were offered."""
    answer_seconds: float
    """Mean wait; infinite where the queue never ends."""
    occupancy: float
    loss: float = 0.0
    """The share that gives up."""


def erlangs(calls: float, interval_seconds: float, handling_seconds: float) -> float:
    """λ · AHT."""
    return calls / interval_seconds * handling_seconds


def erlang_b(load: float, lines: int) -> float:
    """The share of calls blocked by `lines` lines: B(0) = 1, B(n) = a·B(n−1) / (n + a·B(n−1))."""
    blocked = 1.0
    for line in range(1, lines + 1):
        blocked = load * blocked / (line + load * blocked)
    return blocked


def erlang_c(load: float, operators: int) -> float:
    """The share of calls that wait: C = n·B / (n − a·(1 − B)); 1 where n ≤ a."""
    if load <= 0:
        return 0.0
    if operators <= load:
        return 1.0
    blocked = erlang_b(load, operators)
    return operators * blocked / (operators - load * (1 - blocked))


def patient(load: float, operators: int, handling_seconds: float, target_seconds: float) -> Staffing:
    """Erlang C: SL = 1 − C·e^(−(n−a)·T/AHT), ASA = C·AHT/(n−a), occupancy = a/n. Unstable: SL 0, ASA infinite."""
    waits = erlang_c(load, operators)
    if operators <= load:
        return Staffing(operators, waits, 0.0, math.inf, 1.0)
    spare = operators - load
    level = 1 - waits * math.exp(-spare * target_seconds / handling_seconds)
    return Staffing(operators, waits, level, waits * handling_seconds / spare, load / operators)


def impatient(
    load: float, operators: int, handling_seconds: float, target_seconds: float, patience_seconds: float
) -> Staffing:
    """Erlang A, M/M/n+M: each who waits gives up at the rate 1/patience.

    With k waiting, p(n+k) = p(n) · Π a·μ / (n·μ + i·θ), i = 1…k. Loss = θ·E[waiting]/λ. The share answered within T is
    summed over the states an arrival may find: with k ahead, k+1 departures (at rates n·μ + i·θ, of which the caller's
    own giving up must not be one) must come within T.
    """
    if load <= 0:
        return Staffing(operators, 0.0, 1.0, 0.0, 0.0)
    service, giving_up = 1 / handling_seconds, 1 / patience_seconds
    arriving = load * service
    weights = _states(load, operators, service, giving_up)
    whole = sum(weights)
    busy = weights[operators:]
    queue = sum(ahead * weight for ahead, weight in enumerate(busy)) / whole
    loss = giving_up * queue / arriving
    waits = sum(busy) / whole
    level = (
        1
        - waits
        + sum(
            weight / whole * _served_within(target_seconds, ahead, operators * service, giving_up)
            for ahead, weight in enumerate(busy)
            if weight / whole > _PRECISE
        )
    )
    answered = max(1 - loss, _PRECISE)
    return Staffing(operators, waits, level, queue / arriving, load * answered / operators, loss)


def operators_for(
    load: float, handling_seconds: float, target_seconds: float, level: float, *, most_occupied: float = 1.0
) -> Staffing:
    """The fewest operators with whom `level` of the calls are answered in time and nobody is busier than allowed."""
    for operators in range(max(1, math.ceil(load)), MOST_OPERATORS):
        found = patient(load, operators, handling_seconds, target_seconds)
        if found.service_level >= level and found.occupancy <= most_occupied:
            return found
    raise ValueError(f"no number of operators up to {MOST_OPERATORS} answers {level:.0%} of {load:.1f} erlangs")


def on_the_rota(operators: int, shrinkage: float) -> int:
    """How many must be on the rota so that `operators` are at their desks: leave, illness, breaks."""
    return math.ceil(operators / (1 - shrinkage))


def _states(load: float, operators: int, service: float, giving_up: float) -> list[float]:
    """Weights of the states 0, 1, 2… calls present, scaled so that the largest is near 1."""
    logs = [0.0]
    for present in range(1, operators + 1):
        logs.append(logs[-1] + math.log(load / present))
    ahead = 0
    top = max(logs)
    while logs[-1] > top + math.log(_PRECISE) or ahead < 10:
        ahead += 1
        logs.append(logs[-1] + math.log(load * service / (operators * service + ahead * giving_up)))
        top = max(top, logs[-1])
    return [math.exp(log - top) for log in logs]


def _served_within(seconds: float, ahead: int, serving: float, giving_up: float) -> float:
    """The chance that one who finds `ahead` others waiting is answered within `seconds`.

    With j still ahead somebody leaves at serving + j·θ, and the caller's own patience ends at θ. The little chain
    (ahead → ahead−1 → … → answered, or given up) is taken at one common rate: so many jumps by then, Poisson.
    """
    rate = serving + (ahead + 1) * giving_up
    jumps = rate * seconds
    here = [0.0] * (ahead + 2)
    here[ahead + 1] = 1.0  # stage j+1: j others ahead; stage 0: answered
    chance = 0.0
    for jump in range(math.ceil(jumps + 12 * math.sqrt(jumps) + 30)):
        chance += math.exp(jump * math.log(jumps) - jumps - math.lgamma(jump + 1)) * here[0] if jumps else 0.0
        after = [0.0] * len(here)
        after[0] = here[0]
        for stage in range(1, len(here)):
            on = (serving + (stage - 1) * giving_up) / rate
            off = giving_up / rate
            after[stage - 1] += here[stage] * on
            after[stage] += here[stage] * (1 - on - off)
        here = after
    return chance
