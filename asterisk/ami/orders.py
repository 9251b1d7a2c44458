"""What the line asks of Asterisk's manager, by name, on top of two primitives: one action, one list.

Nothing here knows how the link is kept. Originating is always `Async`: a manager session that waits for an answer to a
call tells nothing else meanwhile.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

from asterisk.ami import present
from asterisk.ami.errors import ActionRefused, BadAction
from asterisk.ami.message import Headers, HeaderValue
from asterisk.ami.present import BridgeNow, ChannelNow, QueueNow, SystemNow

NOT_PERMITTED = "permission denied"


@dataclass(frozen=True, slots=True)
class Reply:
    """Asterisk's answer to an action."""

    ok: bool
    message: str
    headers: Headers
    action_id: str

    @property
    def output(self) -> tuple[str, ...]:
        """The lines a command of the console printed."""
        return self.headers.get_all("Output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Originate:
    """A call to be placed. Give an application, or a context with an extension."""

    channel: str
    channel_id: str
    """Our own Uniqueid for it, kept before it is dialled: so its fate can be found out after a crash."""
    other_channel_id: str | None = None
    """That of the second half of a Local channel."""
    application: str | None = None
    data: str = ""
    context: str | None = None
    exten: str = "s"
    priority: int = 1
    seconds: float = 30.0
    """How long it may ring."""
    caller_id: str | None = None
    account: str | None = None
    codecs: str | None = None
    early_media: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)

    def headers(self) -> dict[str, HeaderValue]:
        if (self.application is None) == (self.context is None):
            raise BadAction("AMI action Originate: give either an application or a context, not both and not neither")
        made: dict[str, HeaderValue] = {
            "Channel": self.channel,
            "ChannelId": self.channel_id,
            "Timeout": round(self.seconds * 1000),
            "Async": "true",
        }
        if self.application is not None:
            made |= {"Application": self.application, "Data": self.data}
        else:
            made |= {"Context": str(self.context), "Exten": self.exten, "Priority": self.priority}
        given = {
            "OtherChannelId": self.other_channel_id,
            "CallerID": self.caller_id,
            "Account": self.account,
            "Codecs": self.codecs,
        }
        made |= {name: value for name, value in given.items() if value is not None}
        if self.early_media:
            made["EarlyMedia"] = "true"
        if self.variables:
            made["Variable"] = tuple(f"{name}={_quoted(value)}" for name, value in self.variables.items())
        return made


def _quoted(value: str) -> str:
    """Asterisk cuts `Variable` at commas; these three are what it needs escaped to keep a value whole."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace(",", "\\,")


class Orders(ABC):
    @abstractmethod
    async def action(
        self, name: str, headers: Mapping[str, HeaderValue] | None = None, *, timeout: float | None = None
    ) -> Reply:
        """Ask once. An error of Asterisk is a `Reply` that is not `ok`; no answer is `ActionFailed` with its fate."""

    @abstractmethod
    async def list_action(
        self, name: str, headers: Mapping[str, HeaderValue] | None = None, *, timeout: float | None = None
    ) -> list[Headers]:
        """Ask for a list; `ActionRefused` when Asterisk will not give it."""

    async def must(self, name: str, headers: Mapping[str, HeaderValue] | None = None) -> Reply:
        """Ask once, and take an error of Asterisk for one: `ActionRefused`."""
        reply = await self.action(name, headers)
        if not reply.ok:
            raise ActionRefused(name, reply.message)
        return reply

    async def ping(self) -> None:
        await self.must("Ping")

    # -- what is there now -----------------------------------------------------------------------------------------

    async def channels(self) -> tuple[ChannelNow, ...]:
        return present.channels(await self.list_action("CoreShowChannels"))

    async def bridges(self) -> tuple[BridgeNow, ...]:
        return present.bridges(await self.list_action("BridgeList"))

    async def queues(self, queue: str | None = None) -> tuple[QueueNow, ...]:
        return present.queues(await self.list_action("QueueStatus", {"Queue": queue} if queue else None))

    async def system(self) -> SystemNow:
        """Asterisk's version, name, start and calls."""
        settings = await self.must("CoreSettings")
        status = await self.must("CoreStatus")
        return present.system(settings.headers, status.headers)

    async def module_loaded(self, module: str) -> bool:
        """Whether a module (`app_queue`) is loaded; `ActionRefused` when we may not ask."""
        reply = await self.action("ModuleCheck", {"Module": module})
        if not reply.ok and NOT_PERMITTED in reply.message.lower():
            raise ActionRefused("ModuleCheck", reply.message)
        return reply.ok

    async def command(self, line: str) -> tuple[str, ...]:
        """What a command of Asterisk's console prints."""
        return (await self.must("Command", {"Command": line})).output

    # -- calls -----------------------------------------------------------------------------------------------------

    async def originate(self, call: Originate) -> Reply:
        """Place a call: `ok` means Asterisk began to dial. `OriginateResponse` tells by the reply's `action_id` how it
        went on, and `Hangup` of its `channel_id` why it ended."""
        return await self.action("Originate", call.headers())

    async def redirect(self, channel: str, context: str, exten: str, priority: int = 1) -> Reply:
        return await self.action(
            "Redirect", {"Channel": channel, "Context": context, "Exten": exten, "Priority": priority}
        )

    async def hangup(self, channel: str, cause: int = 16) -> Reply:
        return await self.action("Hangup", {"Channel": channel, "Cause": cause})

    async def setvar(self, channel: str, variable: str, value: str) -> Reply:
        return await self.action("Setvar", {"Channel": channel, "Variable": variable, "Value": value})

    async def getvar(self, channel: str, variable: str) -> str | None:
        """A channel's variable; none when the channel is gone."""
        reply = await self.action("Getvar", {"Channel": channel, "Variable": variable})
        return reply.headers.get("Value", "") if reply.ok else None

    # -- queues ----------------------------------------------------------------------------------------------------

    async def queue_add(
        self, queue: str, interface: str, *, name: str = "", penalty: int = 0, paused: bool = False, state: str = ""
    ) -> Reply:
        headers: dict[str, HeaderValue] = {
            "Queue": queue,
            "Interface": interface,
            "MemberName": name,
            "Penalty": penalty,
            "Paused": "true" if paused else "false",
        }
        if state:
            headers["StateInterface"] = state
        return await self.action("QueueAdd", headers)

    async def queue_remove(self, queue: str, interface: str) -> Reply:
        return await self.action("QueueRemove", {"Queue": queue, "Interface": interface})

    async def queue_pause(self, interface: str, paused: bool, *, queue: str = "", reason: str = "") -> Reply:
        """Pause an operator in one queue, or in all of them."""
        headers: dict[str, HeaderValue] = {"Interface": interface, "Paused": "true" if paused else "false"}
        if queue:
            headers["Queue"] = queue
        if reason:
            headers["Reason"] = reason
        return await self.action("QueuePause", headers)

    async def queue_penalty(self, queue: str, interface: str, penalty: int) -> Reply:
        return await self.action("QueuePenalty", {"Queue": queue, "Interface": interface, "Penalty": penalty})
