"""A transfer that was asked for with REFER, as the NOTIFYs of the other side tell its course (RFC 3515)."""

from dataclasses import dataclass

from asterisk.robot.sip import Request


@dataclass(slots=True)
class Transfer:
    status: int = 0
    """0 until something is known, then as in the NOTIFY: 100, 180, 200, 486…"""
    reason: str = ""
    accepted: bool = False

    @property
    def over(self) -> bool:
        return self.status >= 200

    def notified(self, request: Request) -> None:
        """Read the status line in the body of a NOTIFY."""
        line = request.body.decode("utf-8", "replace").strip().split("\n", 1)[0].strip()
        parts = line.split(" ", 2)
        if parts[0].upper() == "SIP/2.0" and len(parts) > 1 and parts[1].isascii() and parts[1].isdigit():
            self.status = int(parts[1][:3])
            self.reason = parts[2] if len(parts) > 2 else ""


def is_refer_event(request: Request) -> bool:
    return (request.headers.get("Event") or "").partition(";")[0].strip().lower() == "refer"
