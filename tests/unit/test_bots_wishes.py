"""What may be said to any question: who wants no calls, is not who was called, has paid, wants a person."""

from datetime import date

import pytest

from bots.talk import Question
from bots.understanding.understand import understand

TODAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("opt_out", "больше сюда не звоните"),
        ("opt_out", "хватит названивать"),
        ("opt_out", "сколько можно звонить"),
        ("opt_out", "достали уже своими звонками"),
        ("opt_out", "не хочу чтобы вы мне звонили"),
        ("opt_out", "я против ваших звонков"),
        ("opt_out", "отключите мне эти звонки"),
        ("opt_out", "уберите меня из базы"),
        ("opt_out", "забудьте мой номер"),
        ("wrong_person", "вы ошиблись номером"),
        ("wrong_person", "ошибка номером"),
        ("wrong_person", "вы попали не туда"),
        ("wrong_person", "я купила этот номер недавно"),
        ("wrong_person", "хозяин здесь больше не проживает"),
        ("wrong_person", "это чужой номер"),
        ("deceased", "муж умер год назад"),
        ("deceased", "царство ему небесное"),
        ("dispute", "у меня нет долга"),
        ("dispute", "я вам ничего не должна"),
        ("already_paid", "мы уже внесли"),
        ("already_paid", "чек есть, оплатила"),
        ("operator", "есть там кто живой"),
        ("operator", "алло, есть кто-нибудь"),
        ("operator", "переключите на человека"),
        ("slower", "вы быстро говорите"),
        ("louder", "плохо слышно"),
        ("hold", "подождите, я за очками"),
        ("repeat", "не расслышала"),
    ],
)
def test_a_wish_is_heard_whatever_was_asked(act: str, said: str) -> None:
    for expect in ("confirm", "reading", "menu"):
        answer = understand(Question("q", expect), said, TODAY)  # type: ignore[arg-type]
        assert answer.act == act, (expect, answer)


@pytest.mark.parametrize(
    "said",
    [
        "не звоните сейчас, позвоните завтра",
        "номер я помню",
        "ошибка в цифре",
        "он не живой а железный",
        "звонки проходят хорошо",
        "внесли показания",
    ],
)
def test_what_only_sounds_like_a_wish(said: str) -> None:
    answer = understand(Question("q", "confirm"), said, TODAY)
    assert {answer.act, *answer.also}.isdisjoint({"opt_out", "wrong_person", "deceased", "already_paid", "dispute"})
