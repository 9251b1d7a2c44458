"""Saying what is on the air: each emergency once a call, at the step `announce` or before the queue it concerns."""

from bots.desk import DeskAway
from ivr.call.in_progress import Call
from ivr.call.services import Emergency
from ivr.journal.events import Kind

REPEATS = 3
"""How often an announcement is said to a caller who asks for it again."""


async def announced(call: Call, queue: str = "") -> list[Emergency]:
    """Say every emergency on the air for this caller, and for this queue, that they have not heard yet.

    Narrowest first; «*» says it again, any other key goes on. Returns what was said.
    """
    said = []
    for emergency in await _on_air(call, queue):
        if emergency.name in call.announced:
            continue
        call.announced.add(emergency.name)
        said.append(emergency)
        heard_out = False
        try:
            await _heard(emergency, call)
            heard_out = True
        finally:
            call.services.emergencies.counted(emergency.name, heard_out=heard_out)
            call.log.note(Kind.ANNOUNCED, emergency=emergency.name, heard_out=heard_out)
    return said


async def _on_air(call: Call, queue: str) -> list[Emergency]:
    if not call.services.emergencies.anything(call.clock.now()):
        return []
    try:
        accounts = await call.variables.accounts()
    except DeskAway:
        accounts = []
    account = call.variables.account or (accounts[0] if accounts else None)
    territory = account.territory if account is not None else ""
    return list(call.services.emergencies.on_air(call.clock.now(), territory, accounts, queue))


async def _heard(emergency: Emergency, call: Call) -> None:
    for _ in range(REPEATS):
        if await call.talk.speak(emergency.text, skippable=True, stop_keys="*") != "*":
            return
