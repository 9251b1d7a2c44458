"""The names of months, weekdays and days of the month, in the cases callers say them, as plain tables without «ё»."""

from bots.understanding.lexicon import words

MONTHS: dict[str, int] = {}
for _number, _stem in enumerate(
    ("январ", "феврал", "март", "апрел", "ма", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр"), 1
):
    _endings = ("я", "й", "е", "ю") if _stem == "ма" else ("а", "", "е", "у", "я", "ь", "ю")
    MONTHS.update({_stem + ending: _number for ending in _endings if _stem + ending != "ма"})

WEEKDAYS: dict[str, int] = {}
for _number, _forms in enumerate(
    (
        "понедельник понедельника понедельнику понедельником",
        "вторник вторника вторнику вторником",
        "среда среду среды среде",
        "четверг четверга четвергу четвергом",
        "пятница пятницу пятницы пятнице",
        "суббота субботу субботы субботе",
        "воскресенье воскресенья воскресенью воскресение воскресения",
    )
):
    WEEKDAYS.update(dict.fromkeys(words(_forms), _number))

ORDINALS: dict[str, int] = {}
for _number, _stem in enumerate(
    (
        "перв", "втор", "треть", "четверт", "пят", "шест", "седьм", "восьм", "девят", "десят", "одиннадцат",
        "двенадцат", "тринадцат", "четырнадцат", "пятнадцат", "шестнадцат", "семнадцат", "восемнадцат", "девятнадцат",
        "двадцат",
    ),
    1,
):  # fmt: skip
    _endings = ("его", "е", "ему", "им") if _stem == "треть" else ("ого", "ое", "ому", "ым")
    ORDINALS.update({_stem + ending: _number for ending in _endings})
ORDINALS.update(dict.fromkeys(("тридцатого", "тридцатое", "тридцатому", "тридцатым"), 30))
