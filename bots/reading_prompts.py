"""What the reading dialogue says: every key it may name, with its Russian wording.

A supplier's prompts.yaml may word any of them otherwise. A key may have the rungs `.hint` and `.keys`, asked in turn
when the caller was silent or not understood. Nothing here tells a previous reading or a consumption but «расход ноль».
"""

from collections.abc import Mapping

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

_ZONES: dict[str, str] = {}
for _zone, _words in _ASK.items():
    _ZONES[f"readings.ask.{_zone}"] = f"Назовите, пожалуйста, {_words}: цифры до запятой."
    _ZONES[f"readings.ask.{_zone}.hint"] = (
        f"Не удалось разобрать. Назовите {_words} по одной цифре. Если нужно время, скажите: минуточку."
    )
    _ZONES[f"readings.ask.{_zone}.keys"] = (
        f"Введите {_words} на телефоне и нажмите решётку. Чтобы стереть, нажмите звёздочку."
    )
for _zone, _words in _READ_BACK.items():
    _ZONES[f"readings.confirm.{_zone}"] = f"{_words}: {{value}}. Верно?"
    _ZONES[f"readings.confirm.{_zone}.hint"] = f"{_words}: {{digits}}. Скажите «да» или «нет»."
    _ZONES[f"readings.confirm.{_zone}.keys"] = f"{_words}: {{digits}}. Если верно, нажмите один, если нет — два."
    _ZONES[f"readings.spell.{_zone}"] = f"{_words}, по цифрам: {{digits}}. Верно?"
    _ZONES[f"readings.spell.{_zone}.hint"] = _ZONES[f"readings.confirm.{_zone}.hint"]
    _ZONES[f"readings.spell.{_zone}.keys"] = _ZONES[f"readings.confirm.{_zone}.keys"]

PROMPTS: Mapping[str, str] = {
    **_ZONES,
    "readings.known_account": "Передаём показания по лицевому счёту, который заканчивается на {tail}. Верно?",
    "readings.known_account.hint": "Лицевой счёт заканчивается на {tail}. Скажите «да» или «нет».",
    "readings.known_account.keys": "Если счёт ваш, нажмите один, если нет — два.",
    "readings.account": "Назовите, пожалуйста, номер лицевого счёта.",
    "readings.account.hint": "Назовите номер лицевого счёта по одной цифре. Он указан в квитанции.",
    "readings.account.keys": "Введите номер лицевого счёта на телефоне и нажмите решётку.",
    "readings.account_confirm": "Лицевой счёт: {digits}. Верно?",
    "readings.account_confirm.hint": "Лицевой счёт: {digits}. Скажите «да» или «нет».",
    "readings.account_confirm.keys": "Если счёт назван верно, нажмите один, если нет — два.",
    "readings.account_unknown": "Такого лицевого счёта у нас нет.",
    "readings.account_length": "В номере лицевого счёта другое число цифр.",
    "readings.account_letters": "Нужен номер лицевого счёта из квитанции: в нём только цифры.",
    "readings.account_is_phone": "Это похоже на номер телефона, а нужен лицевой счёт.",
    "readings.no_account": "Найти лицевой счёт не получилось. Соединяю с оператором.",
    "readings.no_meters": "На этом лицевом счёте нет счётчиков. Соединяю с оператором.",
    "readings.meter.electricity": "Счётчик электроэнергии, номер заканчивается на {tail}.",
    "readings.meter.water": "Счётчик воды, номер заканчивается на {tail}.",
    "readings.meter.heat": "Счётчик тепла, номер заканчивается на {tail}.",
    "readings.meter.gas": "Счётчик газа, номер заканчивается на {tail}.",
    "readings.again": "Назовите, пожалуйста, все цифры ещё раз.",
    "readings.exact": "Нужны точные цифры, как на счётчике.",
    "readings.check": "Проверьте, пожалуйста, показания на счётчике.",
    "readings.zero": "Нужны текущие цифры на счётчике, а не нули.",
    "readings.too_long": "Цифр больше, чем на вашем счётчике.",
    "readings.same": "Показания не изменились, расход ноль. Верно?",
    "readings.same.hint": "Записать, что расход ноль? Скажите «да» или «нет».",
    "readings.same.keys": "Если расход ноль, нажмите один, если нет — два.",
    "readings.zero_used": "Показания {value}, расход ноль. Верно?",
    "readings.zero_used.hint": "Показания: {digits}, расход ноль. Скажите «да» или «нет».",
    "readings.zero_used.keys": "Если показания {value} верны, нажмите один, если нет — два.",
    "readings.swapped": "Вы перепутали день и ночь?",
    "readings.swapped.hint": "Похоже, день и ночь названы наоборот. Поменять их местами? Скажите «да» или «нет».",
    "readings.swapped.keys": "Чтобы поменять день и ночь местами, нажмите один, если не нужно — два.",
    "readings.accepted": "Принято.",
    "readings.accepted_outbox": "Показания записаны, примем их после проверки.",
    "readings.next_period": "Показания учтём в следующем расчётном периоде.",
    "readings.window_closed": "Сейчас показания не принимаются.",
    "readings.to_operator": "Соединяю с оператором.",
    "readings.billing_away": "Сейчас не получается открыть лицевой счёт. Соединяю с оператором.",
    "readings.not_stored": "К сожалению, записать показания сейчас не получилось. Соединяю с оператором.",
}
