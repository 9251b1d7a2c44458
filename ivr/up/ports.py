"""Free ports for a line that must not meet another one on the same machine (`--ports auto`)."""

import contextlib
import random
import socket

from ivr.settings import Ports


class NoFreePort(Exception):
    """There are no free ports on this machine for another line."""


RTP_PORTS = 1200
FIRST, LAST = 10_000, 19_999
"""Below the ports that the system hands out by itself: nobody gets one of them between choosing and listening."""
TRIES = 500


def free_ports() -> Ports:
    """Ports that nobody listens on just now. Asterisk steps over single RTP ports that are taken."""
    held: list[socket.socket] = []
    try:
        # All are held open together, so that the same one is not drawn twice.
        tcp = [_free(socket.SOCK_STREAM, held) for _ in range(4)]
        sip = _free(socket.SOCK_DGRAM, held)
    finally:
        for sock in held:
            sock.close()
    rtp_from = random.randrange(20_000, 32_000 - RTP_PORTS, 2)
    return Ports(
        sip=sip, ami=tcp[0], agi=tcp[1], audio=tcp[2], web=tcp[3], rtp_from=rtp_from, rtp_to=rtp_from + RTP_PORTS - 1
    )


def _free(kind: socket.SocketKind, held: list[socket.socket]) -> int:
    for _ in range(TRIES):
        port = random.randint(FIRST, LAST)
        sock = socket.socket(socket.AF_INET, kind)
        held.append(sock)
        with contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port
    raise NoFreePort(f"none of {TRIES} ports between {FIRST} and {LAST} is free")
