"""What is said about requests for a visit: which there are, how they stand, and the day."""

from collections.abc import Mapping
from typing import Literal

from bots.dialogue import Prompt, rungs

Visit = Literal["sealing", "replacement", "check"]
VISITS: Mapping[Visit, str] = {
    "sealing": "Опломбировка счётчика",
    "replacement": "Замена счётчика",
    "check": "Проверка счётчика",
}

PROMPTS: Mapping[str, Prompt] = {
    **rungs(
        "request.kind",
        "Что нужно: опломбировать, заменить или проверить счётчик?",
        "Скажите «опломбировать», «заменить» или «проверить».",
        "Опломбировать — нажмите один, заменить — два, проверить — три.",
    ),
    **rungs(
        "request.open",
        "У вас уже есть заявка номер {number}: она {status}. Оформить ещё одну?",
        "Заявка номер {number} {status}. Нужна ещё одна? Скажите «да» или «нет».",
        "Чтобы оформить ещё одну заявку, нажмите один, если не нужно — два.",
        discloses="request",
    ),
    **rungs(
        "request.planned",
        "У вас уже есть заявка номер {number}, мастер придёт в {day|day}. Оформить ещё одну?",
        "Мастер придёт в {day|day}. Нужна ещё одна заявка? Скажите «да» или «нет».",
        "Чтобы оформить ещё одну заявку, нажмите один, если не нужно — два.",
        also={"number": "", "status": "text"},
        discloses="request",
    ),
    "request.status": Prompt("Заявка номер {number} {status}.", discloses="request"),
    "request.status_planned": Prompt("Заявка номер {number}: мастер придёт в {day|day}.", discloses="request"),
    **rungs(
        "request.more",
        "Оформить ещё одну заявку?",
        "Нужна ещё одна заявка? Скажите «да» или «нет».",
        "Чтобы оформить ещё одну заявку, нажмите один, если не нужно — два.",
    ),
    **rungs(
        "request.none",
        "Заявок по этому счёту нет. Оформить новую?",
        "Оформить заявку? Скажите «да» или «нет».",
        "Чтобы оформить заявку, нажмите один, если не нужно — два.",
        discloses="request",
    ),
    **rungs(
        "request.meter",
        "О каком счётчике речь? {meters}",
        "Скажите, какой счётчик: {meters}",
        "Выберите счётчик по порядку: для первого нажмите один, для второго — два. {meters}",
    ),
    **rungs(
        "request.day",
        "На какой день записать?",
        "Назовите день, например «в пятницу» или «пятого апреля». Если всё равно, скажите «не знаю».",
    ),
    "request.day_out": Prompt(
        "Записать можно с {first|date} и не дальше чем на {days|plural:день} вперёд.",
    ),
    "request.any_day": Prompt("Хорошо, о дне договорится мастер."),
    **{
        key: prompt
        for kind, words in VISITS.items()
        for key, prompt in {
            **rungs(
                f"request.confirm.{kind}",
                f"{words}, в {{day|day}}. Оформляем?",
                f"{words}, в {{day|day}}. Скажите «да» или «нет».",
                "Чтобы оформить заявку, нажмите один, чтобы изменить день — два.",
            ),
            **rungs(
                f"request.confirm_any.{kind}",
                f"{words}, день согласует мастер. Оформляем?",
                f"{words}. Оформляем заявку? Скажите «да» или «нет».",
                "Чтобы оформить заявку, нажмите один, если не нужно — два.",
            ),
        }.items()
    },
    **rungs(
        "request.opened",
        "Заявка принята, её номер {number}. Повторить номер?",
        "Номер заявки {number}. Повторить? Скажите «да» или «нет».",
        "Чтобы повторить номер, нажмите один, если не нужно — два.",
    ),
    "request.planned_on": Prompt("Мастер придёт в {day|day}."),
    "request.declined": Prompt("Хорошо, заявку не оформляем."),
    "request.no_meters": Prompt("На этом лицевом счёте нет счётчиков. Соединяю с оператором."),
}
