"""Calls of every shape, played on a `TimedLine`, and what their telephones measured: all read off what was heard.

The caller's recording alone tells when the prompt's last frame came (the prompt is known, sample by sample), from when
to when each operator was heard (by their tone), and so what lay between.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from live.timed_line import BLOCKED, CALLBACK, CALLER_HZ, CLOSED, HERTZ, SECONDS, Lane, voice_of

from asterisk.robot.call import Call
from asterisk.robot.landmark import heard_sound
from asterisk.robot.phone import RobotPhone
from asterisk.robot.tones import tone_runs
from ivr.journal.engagements import Part, engagements, spent
from ivr.journal.events import Event, Kind
from ivr.journal.register import Contact, Exit, contact
from ivr.journal.times import in_order, talk_by_operator

PATIENCE = 0.3
"""A tone that is away for less long was not away: a late packet of a laden machine."""


@dataclass
class Played:
    """A call that is over, and how it should stand in the journal."""

    lane: Lane
    caller: str
    call: Call
    exit: Exit
    operators: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    """What the caller did between one operator's tone and the next."""
    consults: list[tuple[Call, str, int]] = field(default_factory=list)
    """Operators' own calls about this caller, whose each was, and the place of the colleague heard in it."""
    share: float = 0.6
    """How much of what is heard must be the tone: less where two are heard at once."""

    def measured(self) -> dict[str, float]:
        """Milliseconds by kind, as the telephones lived through them."""
        prompt = heard_sound(self.call.recording, self.lane.line.greeting)
        times = self.call.times
        assert times.ended is not None
        if prompt is None:
            return {"whole": 1000 * (times.ended - times.invited)}
        found = {"ivr": prompt[1] - times.invited.monotonic}
        talks = sorted(
            (start, end, place)
            for place, hertz in enumerate(HERTZ)
            for start, end in tone_runs(self.call.recording, hertz, patience=PATIENCE, share=self.share)
            if start > prompt[1]  # a voice may sound like a tone for a moment
        )
        sorry = heard_sound(self.call.recording, self.lane.line.sorry)
        gone = sorry[0] if sorry is not None else times.ended.monotonic
        if not talks:
            return {"ivr": 1000 * found["ivr"], "wait": 1000 * (gone - prompt[1])}
        found["wait"] = talks[0][0] - prompt[1]
        heard = _joined(talks)
        quiet = [later[0] - earlier[1] for earlier, later in pairwise(heard)]
        assert len(quiet) == len(self.gaps), f"{self.caller}: heard {talks}, expected gaps {self.gaps}"
        for kind, seconds in zip(self.gaps, quiet, strict=False):
            found[kind] = found.get(kind, 0.0) + seconds
        if "returned" in found:  # on the way, and in the queue again: one silence to the telephones
            found["hold+wait"] = found.pop("wait") + found.pop("returned")
        for start, end, place in talks:
            name = f"talk {self.lane.operators[place].user}"
            found[name] = found.get(name, 0.0) + end - start
        for consult, operator, colleague in self.consults:
            (start, end), *_ = tone_runs(consult.recording, HERTZ[colleague], patience=PATIENCE)
            found[f"consult {operator}"] = end - start
        return {kind: 1000 * seconds for kind, seconds in found.items()}


def _joined(talks: Iterable[tuple[float, float, int]]) -> list[tuple[float, float]]:
    """When anybody was heard: talks that lie over one another, or are nearly one, taken as one."""
    found: list[tuple[float, float]] = []
    for start, end, _ in talks:
        if found and start <= found[-1][1] + PATIENCE:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def journalled(events: Sequence[Event]) -> tuple[Contact, dict[str, float]]:
    """The same by the journal."""
    told = in_order(events)
    one = contact(told)
    consults = spent(engagements(told, one.segments), Part.CONSULT)
    return one, {
        "whole": one.whole,
        "ivr": one.segments[0].milliseconds,
        "wait": one.wait,
        "hold": one.hold - one.parked,
        "park": one.parked,
        "hold+wait": one.hold + one.wait,
        **{f"talk {operator}": talked for operator, talked in talk_by_operator(one.segments).items()},
        **{f"consult {operator}": talked for operator, talked in consults.items()},
    }


Shape = Callable[[Lane], Awaitable[Played]]


async def lasts(seconds: float) -> None:
    """The call goes on: real time is what is measured here."""
    await asyncio.sleep(seconds)


async def arrives(lane: Lane, number: str = "") -> tuple[str, Call]:
    caller, call = await lane.line.ring(lane.caller, number or lane.number)
    await call.answered(SECONDS)
    call.play(voice_of(lane.caller))
    return caller, call


async def answers(phone: RobotPhone, *, after: float = 0.6) -> Call:
    """Rings for a while, picks up, and hears the caller."""
    here = await phone.incoming(SECONDS)
    await lasts(after)
    return await picks_up(phone, here)


async def picks_up(phone: RobotPhone, here: Call) -> Call:
    here.play(voice_of(phone))
    await here.accept()
    await here.heard_tone(CALLER_HZ, SECONDS)
    return here


async def over(call: Call) -> None:
    await call.ended(SECONDS)


async def served(lane: Lane) -> Played:
    """The operator hangs up first."""
    caller, call = await arrives(lane)
    here = await answers(lane.operators[0])
    await lasts(1.5)
    await here.hang_up()
    await over(call)
    return Played(lane, caller, call, Exit.ANSWERED, (lane.operators[0].user,))


async def left_by_the_caller(lane: Lane) -> Played:
    caller, call = await arrives(lane)
    here = await answers(lane.operators[0], after=0.1)
    await lasts(1.0)
    await call.hang_up()
    await over(here)
    return Played(lane, caller, call, Exit.ANSWERED, (lane.operators[0].user,))


async def refused_once(lane: Lane) -> Played:
    """The operator refuses, is rung again, and answers."""
    caller, call = await arrives(lane)
    first = await lane.operators[0].incoming(SECONDS)
    await lasts(0.3)
    await first.reject(486)
    here = await answers(lane.operators[0], after=0.3)
    await lasts(1.0)
    await here.hang_up()
    await over(call)
    return Played(lane, caller, call, Exit.ANSWERED, (lane.operators[0].user,))


async def held(lane: Lane) -> Played:
    """Twice on hold."""
    caller, call = await arrives(lane)
    here = await answers(lane.operators[0])
    for _ in range(2):
        await lasts(0.8)
        await here.hold()
        await lasts(0.8)
        await here.resume()
    await lasts(0.8)
    await here.hang_up()
    await over(call)
    return Played(lane, caller, call, Exit.ANSWERED, (lane.operators[0].user,), ("hold", "hold"))


async def transferred(lane: Lane) -> Played:
    """REFER to a colleague."""
    first, second, _ = lane.operators
    caller, call = await arrives(lane)
    here = await answers(first)
    await lasts(0.8)
    await here.refer(f"sip:{second.user}@{lane.line.running.sip}")
    there = await answers(second)
    await lasts(0.8)
    await there.hang_up()
    await over(call)
    return Played(lane, caller, call, Exit.ANSWERED, (first.user, second.user), ("hold",))


async def transferred_to_a_queue(lane: Lane) -> Played:
    """REFER to the number of another queue: whoever serves there."""
    first, second, third = lane.operators
    caller, call = await arrives(lane)
    here = await answers(first)
    await lasts(0.8)
    await here.refer(f"sip:{lane.second_queue}@{lane.line.running.sip}")
    there = await first_of(second, third)
    await lasts(0.8)
    await there.hang_up()
    await over(call)
    names = tuple(phone.user for phone in (second, third) if there in phone.calls)
    return Played(lane, caller, call, Exit.ANSWERED, (first.user, *names), ("wait",))


async def given_to_a_queue(lane: Lane) -> Played:
    """The operator waits in another queue, and gives the caller their place in it (REFER with Replaces)."""
    first, second, third = lane.operators
    caller, call = await arrives(lane)
    here = await answers(first)
    await lasts(0.8)
    await here.hold()
    place = await first.dial(lane.second_queue)
    await place.answered(SECONDS)
    await lasts(0.5)
    await here.refer_replaces(place)
    there = await first_of(second, third)
    await lasts(0.8)
    await there.hang_up()
    await over(call)
    names = tuple(phone.user for phone in (second, third) if there in phone.calls)
    return Played(lane, caller, call, Exit.ANSWERED, (first.user, *names), ("returned",))


async def first_of(*phones: RobotPhone) -> Call:
    """Whichever of them rings answers."""
    ringing = {asyncio.ensure_future(phone.incoming(SECONDS)): phone for phone in phones}
    done, waiting = await asyncio.wait(ringing, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()
    await lasts(0.5)
    one = done.pop()
    return await picks_up(ringing[one], one.result())


async def given_back(lane: Lane) -> Played:
    """REFER to a colleague who refuses: the caller comes back to the front of the queue."""
    first, second, _ = lane.operators
    caller, call = await arrives(lane)
    here = await answers(first)
    await lasts(0.8)
    await here.refer(f"sip:{second.user}@{lane.line.running.sip}")
    ringing = await second.incoming(SECONDS)
    await here.hang_up()
    await ringing.reject(486)
    again = await answers(first)
    await lasts(0.8)
    await again.hang_up()
    await over(call)
    return Played(lane, caller, call, Exit.ANSWERED, (first.user,), ("returned",))


async def consulted(lane: Lane) -> Played:
    """A consultation, then REFER with Replaces: the colleague goes on with the caller."""
    first, second, _ = lane.operators
    caller, call = await arrives(lane)
    here = await answers(first)
    await lasts(0.8)
    await here.hold()
    consult, there = await consults(first, second)
    await lasts(0.8)
    await here.refer_replaces(consult)
    await there.heard_tone(CALLER_HZ, SECONDS)
    await lasts(0.8)
    await there.hang_up()
    await over(call)
    return Played(lane, caller, call, Exit.ANSWERED, (first.user, second.user), ("hold",), [(consult, first.user, 1)])


async def consulted_and_back(lane: Lane) -> Played:
    """A consultation, after which the same operator goes on."""
    first, second, _ = lane.operators
    caller, call = await arrives(lane)
    here = await answers(first)
    await lasts(0.8)
    await here.hold()
    consult, _ = await consults(first, second)
    await lasts(0.8)
    await consult.hang_up()
    await lasts(0.3)
    await here.resume()
    await lasts(0.8)
    await here.hang_up()
    await over(call)
    return Played(lane, caller, call, Exit.ANSWERED, (first.user,), ("hold",), [(consult, first.user, 1)])


async def three(lane: Lane) -> Played:
    """The colleague who was consulted joins the talk, and stays when the first operator leaves it."""
    first, second, _ = lane.operators
    caller, call = await arrives(lane)
    here = await answers(first)
    await lasts(0.8)
    await here.hold()
    consult, there = await consults(first, second)
    await lasts(0.8)
    await consult.refer(f"sip:730@{lane.line.running.sip}")
    await here.resume()
    await there.heard_tone(CALLER_HZ, SECONDS, share=0.3)
    await lasts(1.0)
    await here.hang_up()
    await lasts(0.8)
    await there.hang_up()
    await over(call)
    names = (first.user, second.user)
    return Played(lane, caller, call, Exit.ANSWERED, names, ("hold",), [(consult, first.user, 1)], share=0.25)


async def consults(first: RobotPhone, second: RobotPhone) -> tuple[Call, Call]:
    """The first rings the second, who answers; both ends."""
    consult = await first.dial(second.user)
    there = await second.incoming(SECONDS)
    await lasts(0.3)
    there.play(voice_of(second))
    await there.accept()
    consult.play(voice_of(first))
    await consult.heard_tone(HERTZ[1], SECONDS)
    return consult, there


async def parked(lane: Lane) -> Played:
    """REFER to parking, taken back by a colleague."""
    first, second, _ = lane.operators
    caller, call = await arrives(lane)
    here = await answers(first)
    await lasts(0.8)
    back = await parks(lane, caller, here, second)
    await lasts(0.8)
    await back.hang_up()
    await over(call)
    return Played(lane, caller, call, Exit.ANSWERED, (first.user, second.user), ("park",))


async def parked_and_back(lane: Lane) -> Played:
    """Parked, and taken back by the same operator."""
    first = lane.operators[0]
    caller, call = await arrives(lane)
    here = await answers(first)
    await lasts(0.8)
    back = await parks(lane, caller, here, first)
    await lasts(0.8)
    await back.hang_up()
    await over(call)
    return Played(lane, caller, call, Exit.ANSWERED, (first.user,), ("park",))


async def parks(lane: Lane, caller: str, here: Call, retriever: RobotPhone) -> Call:
    """The caller is parked, and fetched from where the journal says."""
    await here.refer(f"sip:700@{lane.line.running.sip}")
    told = await lane.line.until_told(caller, Kind.PARKED)
    space = next(str(event.data["space"]) for event in told if event.kind is Kind.PARKED)
    await lasts(2 * PATIENCE)
    back = await retriever.dial(space)
    back.play(voice_of(retriever))
    await back.heard_tone(CALLER_HZ, SECONDS)
    return back


async def timed_out(lane: Lane) -> Played:
    """Nobody answers while the queue keeps the caller."""
    caller, call = await arrives(lane, lane.brief)
    await over(call)
    return Played(lane, caller, call, Exit.QUEUE_TIMEOUT)


async def abandoned(lane: Lane) -> Played:
    """The caller hangs up in the queue."""
    caller, call = await arrives(lane)
    await lane.operators[0].incoming(SECONDS)
    await lasts(0.7)
    await call.hang_up()
    return Played(lane, caller, call, Exit.ABANDONED_QUEUE)


async def left_in_the_greeting(lane: Lane) -> Played:
    caller, call = await arrives(lane)
    await call.heard_speech(SECONDS)
    await call.hang_up()
    return Played(lane, caller, call, Exit.ABANDONED_IVR)


async def closed(lane: Lane) -> Played:
    caller, call = await arrives(lane, CLOSED)
    await over(call)
    return Played(lane, caller, call, Exit.CLOSED)


async def called_back(lane: Lane) -> Played:
    """A callback is ordered instead of waiting."""
    caller, call = await arrives(lane, CALLBACK)
    await over(call)
    return Played(lane, caller, call, Exit.CALLBACK)


async def blocked(lane: Lane) -> Played:
    """The number's only line is taken by another caller."""
    _, other = await lane.line.ring(lane.caller, BLOCKED)
    await other.answered(SECONDS)
    await other.heard_speech(SECONDS)
    caller, call = await arrives(lane, BLOCKED)
    await over(call)
    await other.hang_up()
    return Played(lane, caller, call, Exit.BLOCKED)


WITH_PEOPLE: Sequence[Shape] = (
    served, left_by_the_caller, refused_once, held, transferred, transferred_to_a_queue, given_to_a_queue, given_back,
    consulted, consulted_and_back, three, parked, parked_and_back, timed_out, abandoned,
)  # fmt: skip
"""Shapes whose waits and talks can be compared."""
SHORT: Sequence[Shape] = (left_in_the_greeting, closed, called_back, blocked)
"""Shapes that only must be told apart."""
