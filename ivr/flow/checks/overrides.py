"""Rules about prompts.yaml: a key that a dialogue has, and the slots that the dialogue fills."""

from collections.abc import Iterator, Mapping

from bots.dialogue import RUNGS, Prompt
from bots.dialogues.courtesy import PROMPTS as COURTESIES
from ivr.flow.checks.ground import Ground
from ivr.flow.checks.paths import alike
from ivr.flow.finding import Finding
from ivr.prompts.slots import slots_of, stray_brace


def own_wording(ground: Ground) -> Iterator[Finding]:
    own = {key: prompt for dialogue in ground.dialogues.values() for key, prompt in dialogue.prompts.items()}
    prompts = {**COURTESIES, **own}
    for key, text in ground.plan.prompts.items():
        place = ground.plan.prompt_places[key]
        prompt = _prompt(key, prompts)
        if prompt is None:
            hint = alike(key, prompts) or "ключи перечислены в docs/dialogues.md"
            yield Finding(place, "E266", f"ни один диалог не говорит «{key}»", hint)
            continue
        if not text:
            yield Finding(place, "E104", f"«{key}» пусто", "напишите, что сказать, или уберите строку")
            continue
        if stray_brace(text) is not None:
            yield Finding(place, "E214", f"непонятная фигурная скобка в «{key}»", "пишут так: {имя} или {имя|вид}")
            continue
        given, default = prompt.slots, slots_of(prompt.text)
        said = slots_of(text)
        for name in said:
            if name not in given:
                hint = alike(name, given) or ("бывает: " + ", ".join(given) if given else "здесь их не бывает")
                yield Finding(place, "E267", f"«{key}» не знает переменной «{name}»", hint)
        lost = [name for name in default if name not in said]
        if lost:
            names = ", ".join(f"{{{name}}}" for name in lost)
            yield Finding(place, "E268", f"в «{key}» не сказано: {names}", "допишите в текст")


def _prompt(key: str, prompts: Mapping[str, Prompt]) -> Prompt | None:
    """The prompt of a key; a rung of a question has the slots of the question."""
    if key in prompts:
        return prompts[key]
    rung = next((rung for rung in RUNGS if key.endswith(rung)), "")
    question = prompts.get(key.removesuffix(rung)) if rung else None
    return Prompt("", question.slots) if question is not None else None
