"""What a model scores on recorded answers: words, whole answers, and what the line would have understood of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from asr.audio import TELEPHONE_RATE, BadAudio, read_wav
from asr.recognizer import Hearing, Hints, RecognitionFailed, Recognizer
from asr.scoring import Share, word_errors, words
from bots.understanding.hearing import understand_heard
from ivr.turns.recorded_set import Meaning, Utterance

_PIECE = 3200


@dataclass(slots=True)
class Score:
    """Of one kind of question."""

    kind: str
    utterances: int = 0
    with_words: int = 0
    whole: int = 0
    said_words: int = 0
    wrong_words: int = 0
    with_meaning: int = 0
    understood: int = 0
    unnoticed: int = 0
    """Understood wrongly, and without a doubt that would be spelled back or asked again."""
    audio_seconds: float = 0.0

    @property
    def whole_share(self) -> Share:
        return Share(self.whole, self.with_words)

    @property
    def understood_share(self) -> Share:
        return Share(self.understood, self.with_meaning)

    @property
    def unnoticed_share(self) -> Share:
        return Share(self.unnoticed, self.with_meaning)

    @property
    def word_error_rate(self) -> float | None:
        return self.wrong_words / self.said_words if self.said_words else None


@dataclass(slots=True)
class Exam:
    scores: dict[str, Score] = field(default_factory=dict)
    misheard: list[tuple[Utterance, Hearing]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def of(self, kind: str) -> Score:
        return self.scores.setdefault(kind, Score(kind))


async def examine(
    recognizer: Recognizer, utterances: Iterable[Utterance], *, told: Callable[[], None] = lambda: None
) -> Exam:
    """Let the model hear each of them as the line would."""
    exam = Exam()
    for utterance in utterances:
        try:
            hearing, seconds = await _hear(recognizer, utterance)
        except (BadAudio, RecognitionFailed) as fault:
            exam.faults.append(f"{utterance.audio}: {fault}")
        else:
            if not _judge(exam.of(utterance.kind), utterance, hearing, seconds):
                exam.misheard.append((utterance, hearing))
        told()
    return exam


async def _hear(recognizer: Recognizer, utterance: Utterance) -> tuple[Hearing, float]:
    sound = read_wav(utterance.audio)
    pcm = sound.at(TELEPHONE_RATE).pcm()
    stream = await recognizer.open(Hints(utterance.grammar, utterance.phrases))
    try:
        for start in range(0, len(pcm), _PIECE):
            await stream.feed(pcm[start : start + _PIECE])
        return await stream.finish(), sound.seconds
    finally:
        await stream.aclose()


def _judge(score: Score, utterance: Utterance, hearing: Hearing, seconds: float) -> bool:
    """Whether it was heard right, by its meaning or, where only the words are known, by them."""
    score.utterances += 1
    score.audio_seconds += seconds
    right = True
    if utterance.said is not None:
        said, heard = words(utterance.said), words(hearing.text)
        score.with_words += 1
        score.said_words += len(said)
        score.wrong_words += word_errors(said, heard)
        score.whole += said == heard
        right = said == heard
    if utterance.truth is not None:
        understood, sure = _understood(utterance, hearing)
        right = understood == utterance.truth
        score.with_meaning += 1
        score.understood += right
        score.unnoticed += sure and not right
    return right


def _understood(utterance: Utterance, hearing: Hearing) -> tuple[Meaning, bool]:
    """What the line would take it for, and whether it would store that after a plain yes."""
    confidences = [(word.word, word.conf) for word in hearing.words]
    answer = understand_heard(utterance.question, hearing.text, confidences, hearing.alternatives, utterance.today)
    sure = answer.act not in ("nothing", "again", "unsure") and not answer.doubtful
    return Meaning(answer.act, {**answer.values, **answer.proposed}), sure
