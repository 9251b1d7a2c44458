"""The steps that ask: menu, ask, confirm, topics, rate. Each returns the name of the way it leaves by."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from bots.meters import Meter
from bots.talk import Act, Answer, Question
from ivr.call.conversation import Fit, Fits, Rung
from ivr.call.in_progress import Call
from ivr.call.services import Sorted
from ivr.flow.dialplan import Ask, Choice, Confirm, Ladder, Menu, Rate, SortTopics
from ivr.flow.expression import Value
from ivr.journal.events import Kind

REPAIRS = 3
"""Times a value may be corrected in one read-back («нет, не пять, а шесть»)."""
_REFUSES: frozenset[Act] = frozenset(("opt_out", "wrong_person", "deceased", "dispute"))
_FITTING_READING = frozenset(("OK", "SAME", "ROLLOVER", "TOO_MUCH"))


async def _rungs(call: Call, ladder: Ladder) -> list[Rung]:
    await call.ready(ladder.first, ladder.hint, ladder.keys)
    return [call.rung(wording) for wording in ladder.rungs()]


# -- menu ------------------------------------------------------------------------------------------------------------


async def menu(step: Menu, call: Call) -> str:
    choices = [choice for choice in step.choices if choice.when is None or await call.variables.true(choice.when)]
    phrases = {choice.name: choice.phrases for choice in choices if choice.phrases}
    keys = {choice.key: choice.name for choice in choices if choice.key}
    question = Question("menu", "menu", choices=phrases, outbound=call.outbound)
    rungs = await _rungs(call, step.ladder)
    # Where no words lead anywhere, Asterisk waits for keys by itself and nobody has to listen.
    answer = await call.talk.put(question, rungs, _one_of_choices, keys=keys, spoken=bool(phrases))
    return answer.values["choice"] if isinstance(answer, Answer) else answer


def _one_of_choices(answer: Answer) -> Fit:
    if answer.act == "choice":
        return "take"
    return "refused" if answer.act == "opt_out" else "not_heard"


# -- ask -------------------------------------------------------------------------------------------------------------


async def ask(step: Ask, call: Call) -> str:
    question, keys = _question(step, call.outbound), None
    if step.expect == "choice":
        keys = _keys_of(step.choices)
    answer = await call.talk.put(
        question,
        await _rungs(call, step.ladder),
        _fits(step, call),
        keys=keys,
        asks_for_keys=step.ladder.keys is not None,
    )
    if not isinstance(answer, Answer):
        return answer
    if step.into:
        call.variables.set(step.into, value_of(step, answer, call))
    return answer.act if step.expect == "yes_no" else "next"


def _question(step: Ask, outbound: bool) -> Question:
    match step.expect:
        case "yes_no":
            return Question(step.name, "confirm", outbound=outbound)
        case "choice":
            phrases = {choice.name: choice.phrases for choice in step.choices if choice.phrases}
            return Question(step.name, "menu", choices=phrases, outbound=outbound)
        case "reading":
            return Question(step.name, "reading", meter=Meter())
        case "account":
            return Question(step.name, "account", account_lengths=step.lengths or (10,))
        case "rating":
            return Question(step.name, "rating", scale=step.scale)
    return Question(step.name, step.expect)


def _keys_of(choices: tuple[Choice, ...]) -> Mapping[str, str]:
    """The keys as they are written; without any, 1, 2, 3… in their order."""
    written = {choice.key: choice.name for choice in choices if choice.key}
    return written or {str(at): choice.name for at, choice in enumerate(choices[:8], 1)}


def _fits(step: Ask, call: Call) -> Fits:
    def fits(answer: Answer) -> Fit:
        if answer.act in _REFUSES:
            return "refused"
        if step.expect == "yes_no":
            return "take" if answer.act in ("yes", "no", "unsure") else "not_heard"
        if step.expect == "choice":
            return "take" if answer.act == "choice" else "not_heard"
        if answer.act == "no":
            return "refused"
        return "take" if _is_value(step, answer, call) else "misfit"

    return fits


def _is_value(step: Ask, answer: Answer, call: Call) -> bool:
    if step.expect == "phone" and answer.act == "same":
        return call.phone.info.caller is not None
    if step.expect == "date" and answer.act == "promise":
        return "date" in answer.values
    if answer.act != "value":
        return False
    match step.expect:
        case "reading":
            return answer.verdict.get("single") in _FITTING_READING
        case "account" | "rating":
            return answer.verdict.get(step.expect) == "OK"
        case "digits":
            return not step.lengths or len(answer.values["digits"]) in step.lengths
    return True


def value_of(step: Ask, answer: Answer, call: Call) -> Value:
    """The answer as the variable holds it."""
    values = answer.values
    match step.expect:
        case "yes_no":
            return {"yes": True, "no": False}.get(answer.act)
        case "choice":
            return values["choice"]
        case "reading":
            return int(values["single"])
        case "rating":
            return int(values["rating"])
        case "phone" if answer.act == "same":
            return call.phone.info.caller
        case "date":
            if "at" in values:
                return datetime.fromisoformat(values["at"]).date()
            return date.fromisoformat(values["date"])
        case "free":
            return values["text"]
    return values[step.expect]


# -- confirm ---------------------------------------------------------------------------------------------------------


async def confirm(step: Confirm, call: Call) -> str:
    """Read back; the unsure hear it spelled and are asked once more, a correction is read back anew."""
    await call.ready(step.spelled)
    unsure = repairs = 0
    while True:
        rungs = await _rungs(call, step.ladder)
        if unsure and step.spelled is not None:
            rungs = [call.rung(step.spelled), *rungs[1:]]
        answer = await call.talk.put(_read_back(step, call), rungs, _confirmed)
        if not isinstance(answer, Answer):
            return answer
        match answer.act:
            case "yes" | "no":
                return answer.act
            case "unsure" if not unsure:
                unsure = 1
            case "value" if repairs < REPAIRS and answer.verdict.get("single") in _FITTING_READING:
                repairs += 1
                call.variables.set(step.of, int(answer.values["single"]))
            case "again":
                return "no"
            case _:
                return "too_many"


def _read_back(step: Confirm, call: Call) -> Question:
    value = call.variables.get(step.of)
    # A number read back can be corrected in the same breath; a bool is a number only to Python.
    if isinstance(value, int) and not isinstance(value, bool) and call.dialplan.types.get(step.of) == "number":
        return Question(step.name, "confirm", meter=Meter(), confirming={"single": value}, outbound=call.outbound)
    return Question(step.name, "confirm", outbound=call.outbound)


def _confirmed(answer: Answer) -> Fit:
    if answer.act in ("yes", "no", "unsure", "value", "again"):
        return "take"
    return "refused" if answer.act in _REFUSES else "not_heard"


# -- topics ----------------------------------------------------------------------------------------------------------


async def topics(step: SortTopics, call: Call) -> str:
    """Ask openly and sort; two topics as near are settled by a question of their own.

    Of two topics in one phrase the second waits for the next step that sorts: there it is taken without asking.
    """
    if call.variables.topics_ahead:
        return await _topic(step, call, call.services.topics.named(call.variables.topics_ahead.pop(0), ""))
    question = Question(step.name, "free", outbound=call.outbound)
    phrases = {"": tuple(call.services.topics.phrases())}
    question = replace(question, choices=phrases) if phrases[""] else question
    found = call.services.topics.sort("")

    def fits(answer: Answer) -> Fit:
        nonlocal found
        found = call.services.topics.sort(answer.said)
        if found.topic or found.question:
            return "take"
        return "refused" if answer.act in ("no", "opt_out") else "not_heard"

    answer = await call.talk.put(question, await _rungs(call, step.ladder), fits)
    if not isinstance(answer, Answer):
        return answer
    if not found.topic:
        settling = Question(step.name, "menu", choices=found.between, outbound=call.outbound)
        settled = await call.talk.put(settling, [(found.question, {})] * 2, _one_of_choices, keys={})
        if not isinstance(settled, Answer):
            return settled
        found = call.services.topics.named(settled.values["choice"], answer.said)
    return await _topic(step, call, found)


async def _topic(step: SortTopics, call: Call, found: Sorted) -> str:
    """Where a topic that is known leads."""
    topic = found.topic
    call.variables.topic, call.variables.topic_title = topic, found.title
    call.variables.topics_ahead = [*call.variables.topics_ahead, *found.also]
    call.card.said = found.besides
    call.log.note(Kind.TOPIC, topic=found.title or topic, name=topic)
    if step.way(topic) is not None:
        return topic
    if found.operator:
        return "operator"
    if found.answer:
        await call.talk.speak(found.answer, skippable=True)
        return "answered"
    return "other"


# -- rate ------------------------------------------------------------------------------------------------------------


async def rate(step: Rate, call: Call) -> str:
    question = Question(step.name, "rating", scale=step.scale)

    def fits(answer: Answer) -> Fit:
        if answer.act == "value":
            return "take" if answer.verdict.get("rating") == "OK" else "misfit"
        return "refused" if answer.act == "no" or answer.act in _REFUSES else "not_heard"

    answer = await call.talk.put(question, await _rungs(call, step.ladder), fits)
    if not isinstance(answer, Answer):
        return "skipped"
    mark = int(answer.values["rating"])
    if step.into:
        call.variables.set(step.into, mark)
    call.log.note(Kind.RATED, rating=mark, scale=list(step.scale))
    return "next"
