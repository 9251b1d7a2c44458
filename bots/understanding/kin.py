"""Words of the trade that say the same in other parts of speech or by another name: «отключили» and «отключение».

Groups are few and by hand on purpose: what merely looks alike («долго» and «долг», «завтрак» and «завтра») is no kin.
"""

from functools import cache

from bots.understanding.lemmas import lemma
from bots.understanding.lexicon import words

_GROUPS = """
    отключение отключить отключать отключиться вырубить вырубать
    подключение подключить подключать включить включать
    передача передать передавать подать подавать сдать сдавать сдача подача
    показание показания
    долг должен задолженность задолжать задолжность
    оплата оплатить оплачивать платеж платить заплатить уплатить уплата
    звонок звонить позвонить перезвонить вызов
    сообщение сообщить смс эсэмэс
    запись записать записаться записываться
    замена заменить поменять менять сменить смена
    поверка поверить поверять
    проверка проверить проверять
    установка установить поставить
    подтверждение подтвердить подтверждаю
    отмена отменить отменять
    перенос перенести переносить
    жалоба жаловаться пожаловаться претензия
    справка справочка
    квитанция платежка квиток счет
    счетчик электросчетчик
    начисление начислить начислять насчитать
    перерасчет пересчитать пересчет
    свет электричество электроэнергия электроснабжение
    тепло отопление теплоснабжение
    вода водоснабжение
    газ газоснабжение
    авария аварийный аварийная
    адрес адресный
    работа работать
    завтра завтрашний
    сегодня сегодняшний
    потом позже попозже позднее
    утро утром утренний
    вечер вечером вечерний
    почта имейл емейл электронка
    оператор специалист сотрудник консультант
    человек люди
    согласие согласен согласна согласиться
    отказ отказаться отказываться
    купить покупка
    вызвать вызов
    повтор повторить
"""


@cache
def _numbered() -> dict[str, frozenset[int]]:
    """The groups by dictionary form; made at the first question, for it needs the dictionary."""
    found: dict[str, set[int]] = {}
    for number, line in enumerate(_GROUPS.strip().splitlines()):
        for word in words(line):
            found.setdefault(lemma(word), set()).add(number)
    return {form: frozenset(numbers) for form, numbers in found.items()}


def groups(form: str) -> frozenset[int]:
    """The groups a dictionary form belongs to, of no group none."""
    return _numbered().get(form, frozenset())
