"""What can go wrong between us and Asterisk's manager, as types a caller can act on.

The question that matters after a failure is whether Asterisk may have done what was asked: `ActionFate` answers it.
"""

from enum import StrEnum


class AmiError(Exception):
    """Something is wrong between us and Asterisk's manager."""


class LinkDown(AmiError):
    """There is no usable link to Asterisk's manager now; it is being tried again."""


class LoginRefused(LinkDown):
    """Asterisk refused our name or secret: compare them with the section of that name in its manager.conf."""


class LinkClosed(LinkDown):
    """The link was closed by ourselves and stays closed."""


class BadAction(AmiError, ValueError):
    """An action that must not be sent: a header would break out of its line, or Asterisk would misread it."""


class ActionFate(StrEnum):
    NOT_SENT = "not_sent"
    """Asterisk never saw it: safe to ask again."""
    UNKNOWN = "unknown"
    """It was sent and no answer came: Asterisk may have done it or not, and it is never sent again by us."""


class ActionFailed(AmiError):
    """An action got no answer."""

    def __init__(self, action: str, fate: ActionFate, why: str) -> None:
        happened = "was not sent" if fate is ActionFate.NOT_SENT else "was sent, whether it was done is unknown"
        super().__init__(f"AMI action {action} {happened}: {why}")
        self.action = action
        self.fate = fate
        self.why = why


class ActionRefused(AmiError):
    """Asterisk answered an action with an error."""

    def __init__(self, action: str, message: str) -> None:
        super().__init__(f"Asterisk refused the AMI action {action}: {message or 'it gave no reason'}")
        self.action = action
        self.message = message
