"""Free ports for a line that must not meet another one on the same machine (`--ports auto`)."""

import random
import socket

from ivr.settings import Ports

RTP_PORTS = 400


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
    rtp_from = random.randrange(20_000, 32_000, 2)  # below the ports that the system hands out by itself
    return Ports(
        sip=sip, ami=tcp[0], agi=tcp[1], audio=tcp[2], web=tcp[3], rtp_from=rtp_from, rtp_to=rtp_from + RTP_PORTS - 1
    )


def _free(kind: socket.SocketKind, held: list[socket.socket]) -> int:
    sock = socket.socket(socket.AF_INET, kind)
    held.append(sock)
    sock.bind(("127.0.0.1", 0))
    port: int = sock.getsockname()[1]
    return port
