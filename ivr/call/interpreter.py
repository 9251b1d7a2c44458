"""A call in progress: one task walks the flow step by step until the flow ends or the caller leaves.

Every step is told to the journal with the edge it was come by. A flow that runs in circles is ended by caps, not by the
caller's patience. What goes wrong is raised, with the step named: the guard of the call lets the fallback take over.
When the caller has left, the step they left in may have a few silent things done for it; they never raise.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass

import structlog

from bots.talk import CallerLeft
from ivr.call.in_progress import Call
from ivr.call.verbs import NoLineLeft, do, do_silently
from ivr.flow.dialplan import CallFlow, Edge, End, Flow, Goto, Step, where
from ivr.journal.events import Kind
from ivr.journal.register import CALLER_LEFT

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a flow may go on."""

    steps: int = 500
    visits: int = 40
    """Of one step."""
    seconds: float = 3600.0
    """With the line itself: operators and queues do not count."""
    depth: int = 8
    """Flows called by flows."""
    steps_after: int = 30
    seconds_after: float = 10.0
    """After the caller has left."""


LIMITS = Limits()


class FlowFault(Exception):
    """A flow cannot go on."""


class TooManySteps(FlowFault):
    """The flow went on for too many steps: it runs in a circle. Check the edges of the last steps in the log."""


class TooLong(FlowFault):
    """The call stayed with the line for longer than any caller would: look for a loop of questions."""


class TooDeep(FlowFault):
    """Flows call one another too deep: a flow calls itself, perhaps by way of another."""


class OutcomeWithoutEdge(FlowFault):
    """A step ended in a way for which it names no next step."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a walk ended. `left`: the caller hung up."""

    exit: str
    left: bool = False


INSTEAD = {"full": "no_operators", "empty": "next", "hang_up_asked": "next", "callback": "next"}
"""Ways that may be left out, and what stands for them."""


async def live(call: Call, flow: str, limits: Limits = LIMITS) -> Ended:
    """The call's whole life on the line: walk `flow`, then finish all that was begun for it, and write how it ended."""
    try:
        async with asyncio.TaskGroup() as group:
            call.aside.group = group
            ended = await Walk(call, limits).run(flow)
    except ExceptionGroup as several:
        # What is done aside never raises, so there is one fault, and it is the walk's.
        raise several.exceptions[0] from None
    finally:
        call.aside.group = None
    call.log.note(Kind.ENDED, exit=ended.exit, **({"left": True} if ended.left else {}))
    return ended


class Walk:
    """One caller's way through the flows."""

    def __init__(self, call: Call, limits: Limits = LIMITS) -> None:
        self._call, self._limits = call, limits
        self._frames: list[tuple[Flow, CallFlow]] = []
        self._steps = 0
        self._visits: Counter[tuple[str, str]] = Counter()
        self._began = call.clock.monotonic()
        self._flow: Flow
        self._step: Step

    async def run(self, flow: str) -> Ended:
        """To the end of `flow`. The one place where a hang-up is taken notice of."""
        self._flow = self._call.dialplan.flows[flow]
        self._enter(self._flow.start)
        try:
            return Ended(await self._walk())
        except NoLineLeft as beyond:
            return Ended(beyond.exit)
        except CallerLeft:
            return Ended(await self._after(), left=True)

    async def _walk(self) -> str:
        while True:
            step = self._step
            if isinstance(step, End):
                if not self._frames:
                    return step.exit
                self._flow, called = self._frames.pop()
                self._step = called
                self._leave(step.exit)
            elif isinstance(step, CallFlow):
                await self._call_flow(step)
            elif isinstance(step, Goto):
                self._leave("next")
            else:
                try:
                    way = await do(step, self._call)
                except (CallerLeft, NoLineLeft):
                    raise
                except Exception as fault:
                    self._name_step(fault)
                    raise
                self._leave(way)

    async def _call_flow(self, step: CallFlow) -> None:
        if len(self._frames) >= self._limits.depth:
            raise TooDeep(f"{step.place}: «{step.name}» is the {self._limits.depth + 1}th flow called by a flow")
        self._call.variables.update(await self._call.values(step.values))
        self._frames.append((self._flow, step))
        self._flow = self._call.dialplan.flows[step.flow]
        self._enter(self._flow.start)

    # -- from step to step ---------------------------------------------------------------------------------------

    def _leave(self, way: str) -> None:
        """Take the edge of this name."""
        edge = self._edge(way)
        self._go(edge.target, edge.name)

    def _edge(self, way: str) -> Edge:
        for name in (way, INSTEAD.get(way, way)):
            for edge in self._step.ways:
                if edge.name == name:
                    return edge
        raise OutcomeWithoutEdge(f"{self._step.place}: «{self._step.name}» has no way out called «{way}»")

    def _go(self, target: str, by: str) -> None:
        came = f"{self._flow.name}.{self._step.name}"
        name, step = where(target, self._flow.name)
        if name != self._flow.name or target.startswith("flow:"):
            # Nobody comes back from another flow that was gone to, so neither do those who called this one.
            self._frames.clear()
            self._flow = self._call.dialplan.flows[name]
        self._enter(step or self._flow.start, by, came)

    def _enter(self, name: str, by: str = "", of: str = "") -> None:
        flow, step = self._flow, self._flow.steps[name]
        self._step = step
        self._steps += 1
        key = (flow.name, name)
        self._visits[key] += 1
        if self._steps > self._limits.steps or self._visits[key] > self._limits.visits:
            raise TooManySteps(f"{step.place}: {self._steps} steps, {self._visits[key]} of them «{flow.name}.{name}»")
        if self._steps % 8 == 0:
            self._check_time(step)
        if by:
            self._call.log.note(Kind.STEP, flow=flow.name, step=name, verb=step.verb, by=by, of=of)
        else:
            self._call.log.note(Kind.STEP, flow=flow.name, step=name, verb=step.verb)

    def _check_time(self, step: Step) -> None:
        seconds = self._call.clock.monotonic() - self._began - self._call.away_seconds
        if seconds > self._limits.seconds:
            raise TooLong(f"{step.place}: {seconds:.0f} s with the line, last in «{self._flow.name}.{step.name}»")

    def _name_step(self, fault: Exception) -> None:
        step = f"{self._flow.name}.{self._step.name}"
        fault.add_note(f"in the step «{step}» ({self._step.place})")
        log.error("a step failed", action="step_failed", step=step, place=str(self._step.place), error=str(fault))

    # -- after the caller has left -------------------------------------------------------------------------------

    async def _after(self) -> str:
        """Do what the flow wants done for a caller who left; the exit it names, else that the caller left."""
        edge = self._hang_up_edge()
        if edge is None:
            return CALLER_LEFT
        try:
            async with asyncio.timeout(self._limits.seconds_after):
                self._go(edge.target, edge.name)
                return await self._walk_silently()
        except Exception:
            log.exception(
                "what was to be done after the hang-up failed",
                action="after_hang_up",
                step=f"{self._flow.name}.{self._step.name}",
                place=str(self._step.place),
            )
            return CALLER_LEFT

    def _hang_up_edge(self) -> Edge | None:
        """Of the step the caller left in, else of the step that called this flow."""
        while self._step.hang_up is None and self._frames:
            self._flow, self._step = self._frames.pop()
        return self._step.hang_up

    async def _walk_silently(self) -> str:
        for _ in range(self._limits.steps_after):
            step = self._step
            if isinstance(step, End):
                return step.exit
            self._leave("next" if isinstance(step, Goto) else await do_silently(step, self._call))
        raise TooManySteps(f"{self._step.place}: more than {self._limits.steps_after} steps after the caller left")
