"""Ten guesses of Vosk become words with confidences, and alternatives that are worth a thought."""

import math

from asr.vosk_results import Guess, Result, Timed, hearing, part, words


def guess(text: str, chance: float, *, starts: float = 0.0) -> Guess:
    timed = [Timed(word=word, start=starts + at, end=starts + at + 0.5) for at, word in enumerate(text.split())]
    return {"text": text, "confidence": 200 + math.log(chance), "result": timed}


def result(*guesses: Guess) -> Result:
    return {"alternatives": list(guesses)}


def test_a_word_is_as_sure_as_the_guesses_that_have_it_there_together() -> None:
    heard = part(result(guess("сорок пять", 0.6), guess("сорок шесть", 0.3), guess("сорок", 0.1)))
    assert heard is not None
    assert [(word.word, word.conf) for word in heard.words] == [("сорок", 1.0), ("пять", 0.6)]


def test_a_word_said_at_another_time_is_another_word() -> None:
    later = guess("пять", 0.4, starts=3.0)
    heard = part(result(guess("пять", 0.6), later))
    assert heard is not None
    assert heard.words[0].conf == 0.6


def test_alternatives_are_likely_different_and_the_likeliest_first() -> None:
    heard = part(
        result(
            guess("сорок пять", 0.5),
            guess("сто пять", 0.2),
            guess("сорок [unk] пять", 0.15),
            guess("сорок шесть", 0.11),
            guess("сорок семь", 0.04),
            guess("сто семь", 0.01),
        )
    )
    assert heard is not None
    assert hearing([heard], model="m").alternatives == ("сто пять", "сорок шесть")
    assert hearing([heard], model="m", likely=0.15).alternatives == ("сто пять",)


def test_an_answer_with_a_pause_has_the_alternatives_of_each_part_in_its_place() -> None:
    parts = [
        part(result(guess("двенадцать тысяч", 0.7), guess("двадцать тысяч", 0.3))),
        part(result(guess("триста", 0.95), guess("двести", 0.05)), before=2.0),
    ]
    whole = hearing([one for one in parts if one is not None], model="m")
    assert whole.text == "двенадцать тысяч триста"
    # The second part's doubt is 0.035 of the whole answer: too little to mention.
    assert whole.alternatives == ("двадцать тысяч триста",)
    assert (whole.engine, whole.model) == ("vosk", "m")


def test_times_are_those_of_the_answer_and_not_of_the_decoder() -> None:
    heard = part(result(guess("пять", 1.0, starts=10.25)), before=10.0)
    assert heard is not None
    assert (heard.words[0].start, heard.words[0].end) == (0.25, 0.75)


def test_what_is_no_word_is_not_heard() -> None:
    assert part({}) is None
    assert part({"alternatives": []}) is None
    assert part(result({"text": "", "confidence": 1.0})) is None
    assert part(result(guess("[unk]", 0.6), guess("пять", 0.4))) is None
    assert words("[unk] пять [unk]") == ["пять"]
    assert hearing([], model="m").text == ""


def test_scores_however_far_apart_are_no_error() -> None:
    heard = part(result({**guess("пять", 1.0), "confidence": 5000.0}, {**guess("шесть", 1.0), "confidence": -5000.0}))
    assert heard is not None
    assert heard.words[0].conf == 1.0
