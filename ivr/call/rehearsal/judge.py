"""What a scenario asked of a call against what came of it: every difference is a finding at the place that asked."""

from collections.abc import Callable, Mapping

from bots.meters import ZoneName
from ivr.call.rehearsal.caller import ScenarioCaller
from ivr.call.rehearsal.rehearse import Rehearsed
from ivr.call.rehearsal.words import contains
from ivr.flow.finding import Finding
from ivr.flow.scenarios.scenario_parts import Check, Scenario
from ivr.journal.events import Kind

Pairs = Mapping[str, str]
ANSWERED_AT_ONCE = 0.0


def judge(scenario: Scenario, played: Rehearsed, caller: ScenarioCaller) -> list[Finding]:
    found = list(caller.findings)
    place = scenario.place
    if played.fault is not None and place is not None:
        notes = "; ".join(getattr(played.fault, "__notes__", ()))
        found.append(Finding(place, "E342", f"линия не смогла идти дальше: {played.fault}", notes))
    for check in scenario.expect.checks:
        found += _JUDGES[check.name](check, played)
    if scenario.expect.heard is False and played.phone.heard and place is not None:
        found.append(Finding(place, "E343", f"должна быть тишина, а прозвучало: «{played.phone.heard[0]}»"))
    return sorted(found, key=lambda finding: finding.place)


# -- the end, the way, the words -------------------------------------------------------------------------------------


def _exit(check: Check, played: Rehearsed) -> list[Finding]:
    got = played.ended.exit if played.ended is not None else "сбой"
    return _same(check, "E344", "звонок закончился так", got)


def _steps(check: Check, played: Rehearsed) -> list[Finding]:
    passed = _passed(played)
    return [
        Finding(check.place, "E345", f"до шага «{name}» не дошло", "пройдено: " + ", ".join(passed))
        for name in _texts(check)
        if not _reached(name, passed)
    ]


def _not_steps(check: Check, played: Rehearsed) -> list[Finding]:
    passed = _passed(played)
    return [
        Finding(check.place, "E346", f"шага «{name}» не должно быть")
        for name in _texts(check)
        if _reached(name, passed)
    ]


def _hears(check: Check, played: Rehearsed) -> list[Finding]:
    heard = " ".join(played.phone.heard)
    return [
        Finding(check.place, "E340", f"не прозвучало: «{text}»", f"прозвучало: «{heard}»")
        for text in _texts(check)
        if not contains(heard, text)
    ]


def _not_hears(check: Check, played: Rehearsed) -> list[Finding]:
    heard = " ".join(played.phone.heard)
    return [
        Finding(check.place, "E347", f"этого не должно звучать: «{text}»")
        for text in _texts(check)
        if contains(heard, text)
    ]


def _seconds(check: Check, played: Rehearsed) -> list[Finding]:
    most = check.value
    if not isinstance(most, float) or played.seconds <= most:
        return []
    return [Finding(check.place, "E348", f"разговор длился {played.seconds:.0f} с, а нужно не больше {most:g}")]


# -- what was done ---------------------------------------------------------------------------------------------------


def _stored(check: Check, played: Rehearsed) -> list[Finding]:
    got = [
        {"account": one.account, "serial": one.serial, "flagged": _word(one.flagged), **_values(one.values)}
        for one in played.desk.stored
    ]
    return _some(check, "E349", "показания", got)


def _drafted(check: Check, played: Rehearsed) -> list[Finding]:
    got = [{"account": account, "serial": serial, **heard} for account, serial, heard in played.desk.drafted]
    return _some(check, "E350", "черновик", got)


def _queued(check: Check, played: Rehearsed) -> list[Finding]:
    got = [
        {**one.context, "queue": one.queue, "topic": one.topic or "", "priority": str(one.priority)}
        for one in played.phone.queued
    ]
    return _some(check, "E351", "передача операторам", got)


def _callback(check: Check, played: Rehearsed) -> list[Finding]:
    got = [
        {
            "queue": wanted.queue,
            "phone": wanted.phone,
            "topic": wanted.topic,
            "how": ordered.how,
            "at": wanted.at.isoformat() if wanted.at else "",
            "account": wanted.account or "",
        }
        for wanted, ordered in played.callbacks.asked
    ]
    return _some(check, "E352", "обратный звонок", got)


def _messages(check: Check, played: Rehearsed) -> list[Finding]:
    return _named(check, "E353", "сообщение", [one.message for one in played.messages.asked])


def _requests(check: Check, played: Rehearsed) -> list[Finding]:
    return _named(check, "E354", "заявка", [one.kind for one in played.desk.opened])


def _transferred(check: Check, played: Rehearsed) -> list[Finding]:
    return _same(check, "E355", "перевод на номер", ", ".join(played.phone.transferred))


def _topic(check: Check, played: Rehearsed) -> list[Finding]:
    return _same(check, "E356", "тема", played.call.variables.topic or "")


def _rating(check: Check, played: Rehearsed) -> list[Finding]:
    rated = played.book.of(Kind.RATED)
    return _same(check, "E357", "оценка", str(rated[-1]["rating"]) if rated else "")


def _account(check: Check, played: Rehearsed) -> list[Finding]:
    account = played.call.variables.account
    return _same(check, "E358", "лицевой счёт", account.number if account is not None else "")


_JUDGES: Mapping[str, Callable[[Check, Rehearsed], list[Finding]]] = {
    "exit": _exit,
    "steps": _steps,
    "not_steps": _not_steps,
    "hears": _hears,
    "not_hears": _not_hears,
    "seconds": _seconds,
    "stored": _stored,
    "drafted": _drafted,
    "queued": _queued,
    "callback": _callback,
    "messages": _messages,
    "requests": _requests,
    "transferred": _transferred,
    "topic": _topic,
    "rating": _rating,
    "account": _account,
}


# -- comparing -------------------------------------------------------------------------------------------------------


def _same(check: Check, code: str, what: str, got: str) -> list[Finding]:
    wanted = "" if check.value is None else str(check.value)
    if got == wanted:
        return []
    return [Finding(check.place, code, f"{what}: «{got or 'нет'}», а нужно «{wanted or 'нет'}»")]


def _named(check: Check, code: str, what: str, got: list[str]) -> list[Finding]:
    if check.value is None:
        return [Finding(check.place, code, f"{what}: «{', '.join(got)}», а нужно «нет»")] if got else []
    missing = [name for name in _texts(check) if name not in got]
    return [
        Finding(check.place, code, f"{what}: «{name}» нет", "есть: " + (", ".join(got) or "ничего")) for name in missing
    ]


def _some(check: Check, code: str, what: str, got: list[dict[str, str]]) -> list[Finding]:
    """One of what was done must be so in everything the scenario names."""
    if check.value is None:
        return [Finding(check.place, code, f"{what}: {_shown(got[0])}, а нужно «нет»")] if got else []
    wanted = check.value if isinstance(check.value, Mapping) else {}
    if any(all(one.get(key) == value for key, value in wanted.items()) for one in got):
        return []
    there = "; ".join(_shown(one) for one in got) or "ничего"
    return [Finding(check.place, code, f"{what}: нет такого: {_shown(wanted)}", f"есть: {there}")]


def _texts(check: Check) -> tuple[str, ...]:
    return check.value if isinstance(check.value, tuple) else ()


def _shown(pairs: Pairs) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items() if value) + "}"


def _word(value: bool) -> str:
    return "да" if value else "нет"


def _values(values: Mapping[ZoneName, int]) -> dict[str, str]:
    return {str(zone): str(value) for zone, value in values.items()}


def _passed(played: Rehearsed) -> list[str]:
    return [f"{data['flow']}.{data['step']}" for data in played.book.of(Kind.STEP)]


def _reached(name: str, passed: list[str]) -> bool:
    """A step named with its flow, or by its own name alone."""
    return name in passed if "." in name else any(each.partition(".")[2] == name for each in passed)
