# SPDX-License-Identifier: GPL-2.0-or-later
# This file uses pjsua2 of PJSIP (GPL-2 or later) and is under the same licence; see LICENSE in this folder.
"""A telephone on PJSIP: an implementation of SIP and RTP as independent from ours as there is.

It is a program of its own: commands come as JSON Lines on stdin, events go out as JSON Lines on stdout. Everything runs
in one thread, PJSIP's polling included.
"""

import argparse
import json
import math
import os
import select
import sys
from typing import Any

import pjsua2 as pj

TONES = (440, 500, 620, 700, 900, 1150, 1200, 2300)
FRAME = 160
EVENTS = os.fdopen(os.dup(1), "w")
"""Where events go: PJSIP itself writes on the real standard output before it can be told not to."""
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def tell(event: str, **facts: Any) -> None:
    EVENTS.write(json.dumps({"event": event, **facts}) + "\n")
    EVENTS.flush()


def power_of(samples: list[int], hz: float) -> float:
    turn = 2 * math.cos(2 * math.pi * hz / 8000)
    before = last = 0.0
    for value in samples:
        before, last = last, value + turn * last - before
    return (last * last + before * before - turn * last * before) * 2 / len(samples) ** 2


class Ear(pj.AudioMediaPort):
    """Hears which tone there is."""

    def __init__(self) -> None:
        super().__init__()
        self.tone: int | None = None
        self.kept: list[int] = []

    def onFrameReceived(self, frame: Any) -> None:
        data = bytes(frame.buf)
        self.kept += list(memoryview(data).cast("h"))
        if len(self.kept) < 2 * FRAME:
            return
        samples, self.kept = self.kept[: 2 * FRAME], self.kept[2 * FRAME :]
        total = sum(value * value for value in samples) / len(samples)
        found = None
        if total > 200 * 200:
            found = next((hz for hz in TONES if power_of(samples, hz) > 0.7 * total), None)
        if found is not None and found != self.tone:
            tell("tone", hz=found)
        self.tone = found


class Call(pj.Call):
    def __init__(self, account: "Account", call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, call_id)
        self.account = account
        self.consulting = False
        """Whether it is a second call, about the first."""
        self.ear: Ear | None = None
        self.mouth: Any = None
        self.held = False

    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY:
            tell("progress", status=int(info.lastStatusCode))
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            tell("answered", consulting=self.consulting)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            tell("ended", status=int(info.lastStatusCode), consulting=self.consulting)
            if self.consulting:
                self.account.consult = None
            else:
                self.account.call = None

    def onCallMediaState(self, prm: Any) -> None:
        info = self.getInfo()
        for place, media in enumerate(info.media):
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            if media.status == pj.PJSUA_CALL_MEDIA_LOCAL_HOLD:
                tell("holding")
            held = media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
            if held != self.held:
                self.held = held
                tell("held" if held else "resumed")
            if media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                self.connect(self.getAudioMedia(place))

    def connect(self, sound: Any) -> None:
        """Each change of the session makes another stream."""
        if self.ear is None:
            self.ear = Ear()
            shape = pj.MediaFormatAudio()
            shape.init(pj.PJMEDIA_FORMAT_PCM, 8000, 1, 20000, 16)
            self.ear.createPort("ear", shape)
            self.mouth = pj.ToneGenerator()
            self.mouth.createToneGenerator(8000, 1)
        sound.startTransmit(self.ear)
        self.mouth.startTransmit(sound)

    def onDtmfDigit(self, prm: Any) -> None:
        tell("key", key=prm.digit)

    def play(self, hz: int, seconds: float) -> None:
        tone = pj.ToneDesc()
        tone.freq1, tone.freq2, tone.on_msec, tone.off_msec = hz, 0, round(seconds * 1000), 0
        tones = pj.ToneDescVector()
        tones.append(tone)
        self.mouth.play(tones, False)


class Account(pj.Account):
    call: Call | None = None
    consult: Call | None = None

    def onRegState(self, prm: Any) -> None:
        if prm.code // 100 == 2:
            if prm.expiration:
                tell("registered")
        else:
            tell("error", message=f"registration: {prm.code} {prm.reason}")

    def onIncomingCall(self, prm: Any) -> None:
        if self.call is not None:
            busy, answer = Call(self, prm.callId), pj.CallOpParam()
            answer.statusCode = 486
            busy.hangup(answer)
            return
        self.call = Call(self, prm.callId)
        ringing = pj.CallOpParam()
        ringing.statusCode = 180
        self.call.answer(ringing)
        tell("ringing", **{"from": self.call.getInfo().remoteUri})


def obey(account: Account, order: dict[str, Any]) -> None:
    what, with_audio = order["do"], pj.CallOpParam(True)
    if what == "dial":
        account.call = Call(account)
        account.call.makeCall(order["to"], with_audio)
        return
    if what == "consult":
        account.consult = Call(account)
        account.consult.consulting = True
        account.consult.makeCall(order["to"], with_audio)
        return
    call = account.call
    if call is None:
        tell("error", message=f"no call to {what}")
    elif what == "answer":
        with_audio.statusCode = 200
        call.answer(with_audio)
    elif what == "refuse":
        with_audio.statusCode = order.get("status", 486)
        call.hangup(with_audio)
    elif what == "hang_up":
        call.hangup(pj.CallOpParam())
    elif what == "press":
        call.dialDtmf(order["keys"])
    elif what == "tone":
        call.play(order["hz"], order["seconds"])
    elif what == "transfer":
        if account.consult is None:
            tell("error", message="nobody is consulted to transfer to")
        else:
            call.xferReplaces(account.consult, pj.CallOpParam())
    elif what == "hold":
        call.setHold(pj.CallOpParam(True))
    elif what == "resume":
        with_audio.opt.flag = pj.PJSUA_CALL_UNHOLD
        call.reinvite(with_audio)
    else:
        tell("error", message=f"unknown order {what}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--user", required=True)
    parser.add_argument("--server", default="")
    given = parser.parse_args()
    secret = sys.stdin.readline().strip()
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.medConfig.noVad = True
    config.medConfig.ecTailLen = 0
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.port = 0
    transport.boundAddress = "127.0.0.1"
    number = endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    address = endpoint.transportGetInfo(number).localAddress
    own = pj.AccountConfig()
    own.idUri = f"sip:{given.user}@{given.server or address}"
    own.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    own.mediaConfig.transportConfig.port = 0
    if given.server:
        own.regConfig.registrarUri = f"sip:{given.server}"
        own.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", given.user, 0, secret))
    account = Account()
    account.create(own)
    if not given.server:
        tell("registered", address=address)
    waiting = b""
    leaving = False
    while not leaving:
        endpoint.libHandleEvents(10)
        while select.select([0], [], [], 0)[0]:
            more = os.read(0, 65536)
            if not more:
                leaving = True
                break
            *lines, waiting = (waiting + more).split(b"\n")
            for line in lines:
                order = json.loads(line)
                if order["do"] == "quit":
                    leaving = True
                    break
                try:
                    obey(account, order)
                except pj.Error as error:
                    tell("error", message=f"{order['do']}: {error.info()}")
    endpoint.hangupAllCalls()
    endpoint.libHandleEvents(50)
    if given.server:
        account.setRegistration(False)
        endpoint.libHandleEvents(200)
    tell("gone")
    # pjsua2's Python objects are torn down in no safe order: leave without them.
    os._exit(0)


if __name__ == "__main__":
    main()
