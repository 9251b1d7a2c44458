"""Kaldi's files, written and read back: what a decoder is given is what was meant."""

import math
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.kaldi import bigram, binary, lexicon, transitions
from asr.kaldi.binary import BadKaldiFile, Reader
from asr.kaldi.fst import Arc, Fst, Sorted
from asr.kaldi.graph import Loop, word_loop, write_graph
from asr.kaldi.phone_table import PhoneTable
from asr.pronunciation import PHONES

TABLE = PhoneTable(PHONES)
WORDS: dict[str, list[tuple[str, ...]]] = {
    "[unk]": [("SPN",)],
    "да": [("d", "A")],
    "нет": [("n'", "E", "t")],
    "и": [("i",), ("I",)],
}

floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
costs = st.floats(0, 100, width=32)


@st.composite
def graphs(draw: st.DrawFn) -> Fst:
    count = draw(st.integers(1, 6))
    state = st.integers(0, count - 1)
    arcs = st.builds(Arc, st.integers(0, 9), st.integers(0, 9), costs, state)
    return Fst(
        draw(state),
        [draw(st.lists(arcs, max_size=5)) for _ in range(count)],
        draw(st.dictionaries(state, costs, max_size=count)),
    )


@given(graphs(), st.sampled_from(Sorted))
def test_a_graph_read_back_is_the_one_written_its_arcs_in_order(graph: Fst, order: Sorted) -> None:
    read = Fst.load(graph.dump(order))
    assert (read.start, read.ends) == (graph.start, graph.ends)
    for arcs, written in zip(read.arcs, graph.arcs, strict=True):
        assert sorted(arcs) == sorted(written)
        assert [arc[order.value] for arc in arcs] == sorted(arc[order.value] for arc in written)


@given(graphs(), st.data())
def test_a_graph_cut_short_is_refused_and_nothing_worse_happens(graph: Fst, data: st.DataObject) -> None:
    whole = graph.dump(Sorted.INPUT)
    with pytest.raises(BadKaldiFile):
        Fst.load(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(st.binary(max_size=400), graphs(), st.data())
def test_garbage_in_a_graph_is_read_or_refused_in_words(noise: bytes, graph: Fst, data: st.DataObject) -> None:
    whole = graph.dump(Sorted.OUTPUT)
    at = data.draw(st.integers(0, len(whole)))
    for broken in (noise, whole[:at] + noise + whole[at + len(noise) :]):
        with suppress(BadKaldiFile):
            Fst.load(broken)


@given(st.lists(floats, max_size=20), st.integers(-(2**31), 2**31 - 1), floats, st.lists(st.integers(0, 9)))
def test_numbers_vectors_and_lists_are_read_back(vector: list[float], whole: int, part: float, ints: list[int]) -> None:
    written = binary.token("<X>") + binary.int32(whole) + binary.float32(part) + binary.float64(part)
    written += binary.ints(ints) + binary.vector(vector) + binary.matrix(np.outer(vector or [1.0], [1.0, 0.5]))
    reader = Reader.of_file(binary.MARK + written)
    assert reader.token("<X>") == "<X>"
    assert (reader.int32(), reader.float32(), reader.float64(), reader.ints()) == (whole, part, part, ints)
    assert reader.vector().tolist() == vector
    assert reader.matrix().shape == (len(vector) or 1, 2)
    with pytest.raises(BadKaldiFile):
        reader.int32()


def test_every_phone_has_four_places_and_silence_one() -> None:
    assert TABLE.count == 1 + 4 * (len(PHONES) - 1)
    assert TABLE.pdfs == 2 * len(PHONES)
    assert TABLE.names[TABLE.of_word(["d", "A"])[0]] == "d_B"
    assert [TABLE.names[number] for number in TABLE.of_word(["n'", "E", "t"])] == ["n'_B", "E_I", "t_E"]
    assert TABLE.names[TABLE.of_word(["i"])[0]] == "i_S"
    assert {TABLE.class_of(number) for number in TABLE.of_word(["A"] * 3)} == {PHONES.index("A")}
    assert PhoneTable.parse(TABLE.dump()) == TABLE


def test_the_phones_of_another_maker_are_refused() -> None:
    with pytest.raises(BadKaldiFile):
        PhoneTable.parse("<eps> 0\nSIL 1\nSIL_B 2\nA0_B 7\n")
    with pytest.raises(BadKaldiFile):
        PhoneTable.parse("")


def test_an_acoustic_model_with_other_transitions_is_told_apart() -> None:
    ours = binary.MARK + transitions.dump(TABLE) + b"<Nnet3> "
    transitions.check(ours, TABLE)
    with pytest.raises(BadKaldiFile):
        transitions.check(ours, PhoneTable(PHONES[:-1]))
    with pytest.raises(BadKaldiFile):
        transitions.check(b"text", TABLE)


def test_each_word_is_a_path_whose_first_phone_carries_it() -> None:
    graph = word_loop(WORDS, TABLE)
    numbers = lexicon.numbered(WORDS)
    loop = next(iter(graph.ends))
    assert sorted(arc.output for arc in graph.arcs[loop]) == sorted(
        [numbers["[unk]"], numbers["да"], numbers["нет"]] + [numbers["и"]] * 2
    )
    arc = next(arc for arc in graph.arcs[loop] if arc.output == numbers["нет"])
    said = []
    while arc.to != loop:
        said.append(TABLE.names[arc.input // 2])
        assert any(stay.to == arc.to and stay.input == arc.input - 1 for stay in graph.arcs[arc.to])
        arc = next(on for on in graph.arcs[arc.to] if on.to != arc.to)
    assert said == ["n'_B", "E_I", "t_E"]


def test_a_filler_is_an_unknown_word_of_any_two_phones_or_more() -> None:
    plain, filled = word_loop(WORDS, TABLE), word_loop(WORDS, TABLE, Loop(filler_cost=2.0, filler_once=4.0))
    assert len(filled.arcs) == len(plain.arcs) + 1 + 3 * len(TABLE.spoken)
    begins = [arc for arc in filled.arcs[1] if arc.cost == 6.0]
    assert {arc.output for arc in begins} == {lexicon.numbered(WORDS)["[unk]"]}
    assert len(begins) == len(TABLE.spoken)


def test_a_loops_weights_are_read_back() -> None:
    for loop in (Loop(), Loop(0.3, 1.0, 2.0, 4.0)):
        assert Loop.parse(loop.dump()) == loop
    for broken in ("", "--pause=x", "--pause=2\n--unknown-cost=0"):
        with pytest.raises(BadKaldiFile):
            Loop.parse(broken)


def test_the_language_knows_what_follows_what_and_every_word_can_be_said() -> None:
    numbers = lexicon.numbered(WORDS)
    graph = bigram.learned([["да"], ["да"], ["нет", "и", "да"]], WORDS, numbers)
    assert _cost(graph, ["да"], numbers) < _cost(graph, ["нет"], numbers) < _cost(graph, ["[unk]", "нет"], numbers)
    total = sum(math.exp(-arc.cost) for arc in graph.arcs[0]) + math.exp(-graph.ends[0])
    assert total == pytest.approx(1.0)


def test_added_phrases_become_likelier_and_their_words_known() -> None:
    words: dict[str, list[tuple[str, ...]]] = {**WORDS, "свет": [("s",)], "погас": [("p",)]}
    numbers = lexicon.numbered(words)
    before = bigram.learned([["да"], ["нет"]], WORDS, lexicon.numbered(WORDS))
    after = bigram.with_phrases(before, [("свет", "погас"), ("свет",)], numbers)
    assert _cost(after, ["свет", "погас"], numbers) < _cost(after, ["погас", "свет"], numbers)
    assert _cost(after, ["да"], numbers) == pytest.approx(_cost(before, ["да"], numbers))
    assert len(before.arcs) == 2 + len(WORDS)  # what it was made of stays as it is


def test_the_folder_of_a_graph_holds_all_that_adding_words_needs(tmp_path: Path) -> None:
    write_graph(tmp_path, WORDS, [["да"]], TABLE, Loop(filler_cost=2.0))
    assert lexicon.parse((tmp_path / "lexicon.txt").read_text("utf-8")) == WORDS
    assert (tmp_path / "words.txt").read_text("utf-8").split()[:4] == ["<eps>", "0", "[unk]", "1"]
    assert Fst.load((tmp_path / "HCLr.fst").read_bytes()).arcs
    assert (
        (tmp_path / "phones/word_boundary.int")
        .read_text()
        .startswith("1 nonword\n2 begin\n3 end\n4 internal\n5 singleton\n")
    )


def _cost(graph: Fst, words: list[str], numbers: dict[str, int]) -> float:
    """The best path of these words: a small search, backing off where a pair is not known."""
    best = {graph.start: 0.0}
    for word in [*words, None]:
        best = _backed_off(graph, best)
        if word is None:
            return min(cost + graph.ends[state] for state, cost in best.items() if state in graph.ends)
        after: dict[int, float] = {}
        for state, cost in best.items():
            for arc in graph.arcs[state]:
                if arc.input == numbers[word]:
                    after[arc.to] = min(after.get(arc.to, math.inf), cost + arc.cost)
        best = after
    raise AssertionError


def _backed_off(graph: Fst, best: dict[int, float]) -> dict[int, float]:
    found = dict(best)
    for state, cost in best.items():
        for arc in graph.arcs[state]:
            if arc.input == 0:
                found[arc.to] = min(found.get(arc.to, math.inf), cost + arc.cost)
    return found
