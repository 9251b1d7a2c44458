"""A language of word pairs as a graph (`graph/Gr.fst`): an absolute discount, and a way back to single words.

Learned from sentences once; `with_phrases` adds a dialplan's words to one that is there without its sentences.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from asr.kaldi.binary import BadKaldiFile
from asr.kaldi.fst import Arc, Fst

DISCOUNT = 0.5
_BACK, _START = 0, 1
"""The state of no history, and that of a sentence's begin."""

ADDED_SHARE = 0.25
"""How much of what is said is expected to be the words a dialplan added."""
PAIR_SHARE = 0.5
"""How surely the next word of an added phrase follows."""


def learned(sentences: Iterable[Sequence[str]], words: Iterable[str], numbers: Mapping[str, int]) -> Fst:
    """`words` may be said even if no sentence has them; a word of a sentence that is not among them is an error."""
    known = list(dict.fromkeys(words))
    singles: Counter[str] = Counter(known)
    pairs: dict[str, Counter[str]] = defaultdict(Counter)
    begins: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for sentence in sentences:
        singles.update(sentence)
        for word, following in pairwise(sentence):
            pairs[word][following] += 1
        if sentence:
            begins[sentence[0]] += 1
            ends[sentence[-1]] += 1
    stop = sum(ends.values()) + 1
    total = singles.total() + stop
    chance = {word: count / total for word, count in singles.items()}
    states = {word: at for at, word in enumerate(known, 2)}
    graph = Fst(_START, [[] for _ in range(len(known) + 2)], {_BACK: -math.log(stop / total)})
    graph.arcs[_BACK] = [Arc(numbers[word], numbers[word], -math.log(chance[word]), states[word]) for word in known]
    for state, followers, over in (
        (_START, begins, 0),
        *((states[word], pairs.get(word, Counter()), ends[word]) for word in known),
    ):
        seen = followers.total() + over
        if not seen:
            graph.arcs[state].append(Arc(0, 0, 0.0, _BACK))
            continue
        graph.arcs[state] += [
            Arc(numbers[word], numbers[word], -math.log((count - DISCOUNT) / seen), states[word])
            for word, count in followers.items()
        ]
        if over:
            graph.ends[state] = -math.log((over - DISCOUNT) / seen)
        left = DISCOUNT * (len(followers) + bool(over)) / seen
        unseen = 1 - sum(chance[word] for word in followers) - (stop / total if over else 0)
        if unseen > 1e-9:
            graph.arcs[state].append(Arc(0, 0, max(0.0, -math.log(left / unseen)), _BACK))
    return graph


def with_phrases(graph: Fst, phrases: Iterable[Sequence[str]], numbers: Mapping[str, int]) -> Fst:
    """The graph and what the phrases add to it: words it had not, and which of their words follow each other.

    The sums are those of a hint, not of a probability: what the phrases say becomes likelier, nothing less likely.
    """
    if graph.start != _START or len(graph.arcs) < 2:
        raise BadKaldiFile("the language of this model is not made as ours are")
    made = Fst(graph.start, [list(arcs) for arcs in graph.arcs], dict(graph.ends))
    spoken = [phrase for phrase in phrases if phrase]
    states = {arc.input: arc.to for arc in made.arcs[_BACK] if arc.input}
    counts = Counter(word for phrase in spoken for word in phrase)
    new = [word for word in counts if numbers[word] not in states]
    total = sum(counts[word] for word in new)
    for word in new:
        state = made.add_state()
        made.arcs[state].append(Arc(0, 0, 0.0, _BACK))
        made.arcs[_BACK].append(Arc(numbers[word], numbers[word], -math.log(ADDED_SHARE * counts[word] / total), state))
        states[numbers[word]] = state
    follows: dict[int, Counter[int]] = defaultdict(Counter)
    for phrase in spoken:
        follows[_START][numbers[phrase[0]]] += 1
        for word, following in pairwise(phrase):
            follows[states[numbers[word]]][numbers[following]] += 1
    for state, followers in follows.items():
        there = {arc.input for arc in made.arcs[state]}
        for number, count in followers.items():
            if number not in there:
                cost = -math.log(PAIR_SHARE * count / followers.total())
                made.arcs[state].append(Arc(number, number, cost, states[number]))
    return made
