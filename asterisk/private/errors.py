"""What can go wrong with Asterisk as a program and as a process; each docstring is what a person reads first."""


class PrivateError(Exception):
    """Asterisk cannot be used."""

    def __init__(self, detail: str = "") -> None:
        self.detail = detail.strip()
        message = " ".join((type(self).__doc__ or "").split())
        super().__init__(f"{message}\n{self.detail}" if self.detail else message)


class NoAsterisk(PrivateError):
    """There is no Asterisk that the line can use."""


class AlreadyRuns(PrivateError):
    """An Asterisk already runs on this data folder: stop that line first, or give this one another `--data`."""


class StartUnderWay(PrivateError):
    """Another process is starting Asterisk on this data folder just now."""


class SocketPathTooLong(PrivateError):
    """The folder for Asterisk's control socket has too long a path (107 bytes are the most a socket may have)."""


class CannotRun(PrivateError):
    """The system refuses to run Asterisk: the cache may be on a file system mounted `noexec`."""


class Ended(PrivateError):
    """Asterisk ended while it was starting; its last words are below."""


class TooSlow(PrivateError):
    """Asterisk had not finished starting in time and was stopped; its last words are below."""


class CannotListen(PrivateError):
    """Asterisk could not open a port: something else uses it, or it may not be used by this user.
    Stop the other one, or choose other ports (`--ports auto`)."""


class ModuleFailed(PrivateError):
    """Asterisk could not load a module that the line needs."""


class NoAnswer(PrivateError):
    """Asterisk does not answer on its control socket."""
