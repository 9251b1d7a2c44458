"""Letters that are no customer's: alerts and reports to the people who run the line. An `ivr.outbox.Sender` of them.

Unlike messages to customers they know no quiet hours and no caps, and leave no row but that of the outbox.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from ivr.messages.gateways import Attached, Gateway, GatewayAway, Letter, MessageRejected
from ivr.outbox import Message, NotNow, Refused

KIND = DESTINATION = "letter"


def letter(to: str, subject: str, text: str, attached: Attached | None = None) -> Mapping[str, Any]:
    """The payload of a letter."""
    payload: dict[str, Any] = {"to": to, "subject": subject, "text": text}
    if attached is not None:
        payload["attached"] = {
            "name": attached.name,
            "content": b64encode(attached.content).decode(),
            "type": f"{attached.main}/{attached.sub}",
        }
    return payload


class LetterCarrier:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, message: Message) -> Any:
        payload = message.payload
        attached = payload.get("attached")
        main, _, sub = attached["type"].partition("/") if attached else ("", "", "")
        content = Attached(attached["name"], b64decode(attached["content"]), main, sub) if attached else None
        made = Letter(message.key, payload["to"], payload["text"], payload["subject"], content)
        try:
            return {"id": await self._gateway.send(made)}
        except GatewayAway as error:
            raise NotNow(str(error)) from error
        except MessageRejected as error:
            raise Refused(str(error)) from error
