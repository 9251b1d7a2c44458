"""What the reading dialogue says: every key it may name, with its Russian wording.

A supplier's prompts.yaml may word any of them otherwise. A key may have the rungs `.hint` and `.keys`, asked in turn
when the caller was silent or not understood. Nothing here tells a previous reading or a consumption but «расход ноль».
"""

from collections.abc import Mapping

from bots.dialogue import Prompt, rungs
from bots.meters import ZoneName

_ASK: Mapping[ZoneName, str] = {
    "single": "показания счётчика",
    "day": "дневные показания",
    "night": "ночные показания",
    "peak": "показания пиковой зоны",
    "half_peak": "показания полупиковой зоны",
}
_READ_BACK: Mapping[ZoneName, str] = {
    "single": "Показания",
    "day": "День",
    "night": "Ночь",
    "peak": "Пик",
    "half_peak": "Полупик",
}
_METERS = {
    "electricity": "Электричество",
    "water": "Вода",
    "heat": "Тепло",
    "gas": "Газ",
}

_ZONES: dict[str, Prompt] = {}
for _zone, _words in _ASK.items():
    _ZONES |= rungs(
        f"readings.ask.{_zone}",
        f"Назовите {_words} до запятой.",
        f"Назовите {_words} по одной цифре. Если нужно время, скажите «минуточку».",
        f"Введите {_words} на телефоне и нажмите решётку. Чтобы стереть, нажмите звёздочку.",
    )
for _zone, _words in _READ_BACK.items():
    _given = {"value": "words", "digits": "text"}
    _hint = f"{_words}: {{value|digits}}. Скажите «да» или «нет»."
    _keys = f"{_words}: {{value|digits}}. Если верно, нажмите один, если нет — два."
    _ZONES |= rungs(f"readings.confirm.{_zone}", f"{_words}: {{value|words}}. Верно?", _hint, _keys, also=_given)
    _ZONES |= rungs(
        f"readings.much.{_zone}",
        f"{_words}: {{value|words}}. Расход {{used|words}}, это много. Верно?",
        f"{_words}: {{value|digits}}. Расход {{used|words}}. Скажите «да» или «нет».",
        f"{_words}: {{value|digits}}. Если верно, нажмите один, если нет — два.",
        also=_given,
        discloses="previous",
    )
    _ZONES |= rungs(
        f"readings.spell.{_zone}", f"{_words}, по цифрам: {{value|digits}}. Верно?", _hint, _keys, also=_given
    )

PROMPTS: Mapping[str, Prompt] = {
    **_ZONES,
    "readings.no_meters": Prompt("На этом лицевом счёте нет счётчиков. Соединяю с оператором."),
    **{
        f"readings.meter.{resource}": Prompt(f"{words}, счётчик на {{tail|2-2}}.")
        for resource, words in _METERS.items()
    },
    "readings.skipped": Prompt("Хорошо, этот пропускаем."),
    "readings.smart_one": Prompt("Этот счётчик передаёт показания сам."),
    **rungs(
        "readings.smart",
        "Ваш счётчик передаёт показания сам, диктовать их не нужно. Соединить с оператором?",
        "Показания приходят к нам автоматически. Нужен оператор? Скажите «да» или «нет».",
        "Если нужен оператор, нажмите один, если нет — два.",
    ),
    **rungs(
        "readings.resume",
        "Вы начали передавать показания. Продолжим?",
        "В прошлый раз разговор прервался. Продолжим с того же места? Скажите «да» или «нет».",
        "Чтобы продолжить, нажмите один, чтобы начать заново — два.",
    ),
    **rungs(
        "readings.sent_today",
        "Сегодня вы уже передали показания. Заменить их новыми?",
        "Показания за сегодня уже есть. Заменить? Скажите «да» или «нет».",
        "Чтобы заменить показания, нажмите один, чтобы оставить прежние — два.",
        discloses="sent_on",
    ),
    **rungs(
        "readings.sent_on",
        "Показания от {day|date} уже приняты. Заменить их новыми?",
        "Есть показания от {day|date}. Заменить? Скажите «да» или «нет».",
        "Чтобы заменить показания, нажмите один, чтобы оставить прежние — два.",
        discloses="sent_on",
    ),
    **rungs(
        "readings.sent",
        "Показания этого счётчика за этот период уже есть. Заменить их новыми?",
        "Показания уже есть. Заменить? Скажите «да» или «нет».",
        "Чтобы заменить показания, нажмите один, чтобы оставить прежние — два.",
    ),
    "readings.kept": Prompt("Хорошо, оставляем прежние."),
    "readings.again": Prompt("Назовите, пожалуйста, все цифры ещё раз."),
    "readings.exact": Prompt("Нужны точные цифры, как на счётчике."),
    "readings.check": Prompt("Проверьте, пожалуйста, показания на счётчике."),
    "readings.zero": Prompt("Нужны текущие цифры на счётчике, а не нули."),
    "readings.too_long": Prompt("Цифр больше, чем на вашем счётчике."),
    "readings.too_many": Prompt(
        "Сегодня показания по этому счёту уже несколько раз не сошлись. Соединяю с оператором."
    ),
    **rungs(
        "readings.same",
        "Показания не изменились, расход ноль. Верно?",
        "Записать, что расход ноль? Скажите «да» или «нет».",
        "Если расход ноль, нажмите один, если нет — два.",
    ),
    **rungs(
        "readings.zero_used",
        "Показания {value|words}, расход ноль. Верно?",
        "Показания: {value|digits}, расход ноль. Скажите «да» или «нет».",
        "Если показания {value|digits} верны, нажмите один, если нет — два.",
        also={"value": "words", "digits": "text"},
    ),
    **rungs(
        "readings.swapped",
        "Вы перепутали день и ночь?",
        "Похоже, день и ночь названы наоборот. Поменять их местами? Скажите «да» или «нет».",
        "Чтобы поменять день и ночь местами, нажмите один, если не нужно — два.",
    ),
    "readings.accepted": Prompt("Принято."),
    "readings.accepted_outbox": Prompt("Показания записаны, примем их после проверки."),
    "readings.next_period": Prompt("Показания учтём в следующем расчётном периоде."),
    "readings.window_closed": Prompt("Показания принимаем с {opens|date}. Позвоните, пожалуйста, тогда."),
    "readings.to_operator": Prompt("Соединяю с оператором."),
    "readings.not_stored": Prompt("К сожалению, записать показания сейчас не получилось. Соединяю с оператором."),
}
