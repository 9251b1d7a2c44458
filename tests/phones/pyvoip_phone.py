# SPDX-License-Identifier: GPL-3.0-only
# This file subclasses pyVoIP (GPL-3) and is under the same licence; see LICENSE in this folder.
"""An operator's telephone on pyVoIP: registers, rings, is answered, sounds, presses and hears keys, hangs up.

It is a program of its own: commands come as JSON Lines on stdin, events go out as JSON Lines on stdout. What pyVoIP
1.6.8 does wrong is mended below by subclassing; its registration, its SIP and its RTP parsing stay its own, as the
outside proof.
"""

import argparse
import json
import math
import os
import select
import socket
import sys
import threading
import time
import warnings
from collections import deque
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # audioop goes away in Python 3.13
    import audioop

    from pyVoIP import RTP
    from pyVoIP.VoIP import CallState, VoIPCall, VoIPPhone

KEYS = "0123456789*#ABCD"
TONES = (440, 500, 620, 700, 900, 1200)
WINDOW = 320


def tell(event: str, **facts: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()


def tone_in(samples: memoryview) -> int | None:
    """Which of the known tones makes up most of this sound."""
    total = sum(value * value for value in samples) / len(samples)
    if total < 200 * 200:
        return None
    for hz in TONES:
        turn = 2 * math.cos(2 * math.pi * hz / 8000)
        before = last = 0.0
        for value in samples:
            before, last = last, value + turn * last - before
        power = (last * last + before * before - turn * last * before) * 2 / len(samples) ** 2
        if power > 0.7 * total:
            return hz
    return None


class Sound(RTP.RTPClient):
    """pyVoIP's client hears 8 bits, never sends keys, paces by half sleeps and sends µ-law for A-law."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.out: deque[bytes] = deque()
        self.presses: deque[tuple[int, int]] = deque()
        self.heard = bytearray()
        self.tone: int | None = None
        self.last_key: tuple[int, int] | None = None
        self.started = False
        self.event_type = next((n for n, kind in self.assoc.items() if kind == RTP.PayloadType.EVENT), None)

    def start(self) -> None:
        if not self.started:  # a re-INVITE starts it again
            self.started = True
            super().start()

    def stop(self) -> None:
        self.NSD = False
        if self.started:
            super().stop()

    def recv(self) -> None:
        while self.NSD:
            try:
                if select.select([self.sin], [], [], 0.2)[0]:
                    self.hear(self.sin.recv(8192))
            except (OSError, ValueError):
                return
            except RTP.RTPParseError:
                continue

    def hear(self, data: bytes) -> None:
        if len(data) < 12 or 192 <= data[1] <= 223:  # RTCP
            return
        message = RTP.RTPMessage(data, self.assoc)
        if message.payload_type == RTP.PayloadType.EVENT:
            self.hear_key(message)
            return
        decode = audioop.alaw2lin if message.payload_type == RTP.PayloadType.PCMA else audioop.ulaw2lin
        self.heard += decode(message.payload, 2)
        while len(self.heard) >= 2 * WINDOW:
            piece = bytes(self.heard[: 2 * WINDOW])
            del self.heard[: 2 * WINDOW]
            found = tone_in(memoryview(piece).cast("h"))
            if found is not None and found != self.tone:
                tell("tone", hz=found)
            self.tone = found

    def hear_key(self, message: Any) -> None:
        # Each key is told by many packets of one timestamp; pyVoIP counts marked ones only, which a loss may take.
        this = (message.timestamp, message.payload[0])
        if this != self.last_key and message.payload[0] < len(KEYS):
            self.last_key = this
            tell("key", key=KEYS[message.payload[0]])

    def trans(self) -> None:
        due = time.monotonic()
        timestamp, held = self.outTimestamp, 0
        while self.NSD:
            packets = [(int(self.preference), timestamp, self.encode(self.out.popleft() if self.out else bytes(320)))]
            if self.presses and self.event_type is not None:
                code, began = self.presses[0]
                if began < 0:
                    began = timestamp
                    self.presses[0] = (code, began)
                held += 160
                ended = held >= 800
                payload = bytes([code, 0x8A if ended else 0x0A]) + held.to_bytes(2, "big")
                packets = [(self.event_type | (0x80 if held == 160 else 0), began, payload)] * (3 if ended else 1)
                if ended:
                    self.presses.popleft()
                    held = 0
            for kind, stamp, payload in packets:
                head = b"\x80" + bytes([kind]) + (self.outSequence & 0xFFFF).to_bytes(2, "big")
                head += (stamp & 0xFFFFFFFF).to_bytes(4, "big") + self.outSSRC.to_bytes(4, "big")
                self.outSequence += 1
                try:
                    self.sout.sendto(head + payload, (self.outIP, self.outPort))
                except OSError:
                    if not self.NSD:
                        return
            timestamp += 160
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))

    def encode(self, pcm: bytes) -> bytes:
        return audioop.lin2alaw(pcm, 2) if self.preference == RTP.PayloadType.PCMA else audioop.lin2ulaw(pcm, 2)


class Call(VoIPCall):
    def create_rtp_clients(self, codecs: Any, ip: str, port: int, request: Any, baseport: int) -> None:
        connection = request.body["c"][0]["address"]
        self.RTPClients.append(Sound(codecs, ip, port, connection, baseport, self.sendmode))

    def bye(self) -> None:
        before = self.state
        super().bye()
        self.state = CallState.ENDED
        if before != CallState.ENDED:
            tell("ended", by="them")


class Phone(VoIPPhone):
    current: Call | None = None

    def _create_Call(self, request: Any, sess_id: int) -> None:
        call = Call(self, CallState.RINGING, request, sess_id, self.myIP, sendmode=self.recvmode)
        self.calls[request.headers["Call-ID"]] = call
        self.current = call
        tell("ringing", **{"from": request.headers["From"]["number"], "name": request.headers["From"]["caller"]})

    def callback(self, request: Any) -> None:
        # pyVoIP says OK to a CANCEL and rings on.
        if getattr(request, "method", None) == "CANCEL":
            call = self.calls.get(request.headers["Call-ID"])
            if call is not None and call.state == CallState.RINGING:
                busy = self.sip.gen_busy(call.request).replace("486 Busy Here", "487 Request Terminated")
                self.sip.out.sendto(busy.encode(), (self.server, self.port))
                call.bye()
            return
        super().callback(request)

    def request_port(self, blocking: bool = True) -> int:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind((self.myIP, 0))
            port = int(free.getsockname()[1])
        self.assignedPorts.append(port)
        return port

    def release_ports(self, call: Any = None) -> None:
        """Ports come from the system: nothing to give back. (pyVoIP forgets living calls here.)"""


def obey(phone: Phone, order: dict[str, Any]) -> None:
    call = phone.current
    what = order["do"]
    if call is None:
        tell("error", message=f"no call to {what}")
        return
    sounds = [client for client in call.RTPClients if isinstance(client, Sound)]
    if what == "answer":
        call.answer()
        tell("answered")
    elif what == "refuse":
        call.deny()
        tell("ended", by="us")
    elif what == "hang_up":
        call.hangup()
        tell("ended", by="us")
    elif what == "press":
        for key in order["keys"]:
            sounds[0].presses.append((KEYS.index(key), -1))
    elif what == "tone":
        for frame in range(round(order["seconds"] * 50)):
            values = (
                round(8000 * math.sin(2 * math.pi * order["hz"] * n / 8000))
                for n in range(frame * 160, frame * 160 + 160)
            )
            sounds[0].out.append(b"".join(value.to_bytes(2, "little", signed=True) for value in values))
    else:
        tell("error", message=f"unknown order {what}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--user", required=True)
    given = parser.parse_args()
    secret = sys.stdin.readline().strip()
    host, _, port = given.server.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        own = free.getsockname()[1]
    warnings.simplefilter("ignore")
    phone = Phone(host, int(port), given.user, secret, myIP="127.0.0.1", sipPort=own, callCallback=lambda call: None)
    phone.start()
    registered = phone.get_status().value == "REGISTERED"
    tell("registered" if registered else "error", message="" if registered else phone.get_status().value)
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "quit":
            break
        try:
            obey(phone, order)
        except Exception as error:  # noqa: BLE001 (whatever pyVoIP raises goes to the test as words)
            tell("error", message=f"{order['do']}: {error!r}")
    threading.Timer(5.0, os._exit, (1,)).start()  # pyVoIP waits up to 30 s for the registrar's goodbye
    phone.stop()
    tell("gone")
    os._exit(0)


if __name__ == "__main__":
    main()
