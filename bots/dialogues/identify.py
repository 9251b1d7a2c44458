"""Whose account it is, and how well that is known: by the caller's number, by the account, the meter or the address.

What is found stays on the caller's card for the whole call. Only a number on file opens a street, only a secret opens
money; a secret has to be something the caller has not already said to be found by.
"""

from collections.abc import Sequence
from dataclasses import replace

from bots.desk import Account, SecretsLocked
from bots.dialogues.script import Ended, Script
from bots.dialogues.streets import street, street_and_house
from bots.disclosure import Level
from bots.talk import Answer, Question
from bots.understanding.tails import TAIL, tail_of, tail_said
from bots.understanding.understand import understand

ACCOUNT_TRIES = 3
OTHER_TRIES = 2
OFFERED_MOST = 3
"""More accounts than these on one number are not listed: their owner names one."""
_ORDINALS = ("первый", "второй", "третий")
_OTHER = (
    "другой",
    "другой адрес",
    "другой счёт",
    "другая квартира",
    "никакой",
    "ни один",
    "ни тот ни другой",
    "четвёртый",
)


class Identify:
    """Finds and proves the caller of a script's call."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._seat, self._talk = script.seat, script.talk
        self._caller, self._desk, self._rules = script.seat.caller, script.seat.desk, script.seat.rules

    async def account(self) -> Account:
        """The caller's account, asked for once a call."""
        if self._caller.account is None:
            self._caller.account = await self._on_file() or await self._named()
        return self._caller.account

    async def reach(self, level: Level) -> Account:
        """The account of a caller who is known at least so well."""
        account = await self.account()
        if not self._caller.level.reaches(level):
            await self._prove(account)
        return account

    # -- by the caller's number -----------------------------------------------------------------------------------

    async def _on_file(self) -> Account | None:
        if self._caller.phone is None or self._caller.not_mine:
            return None
        if self._caller.linked is None:
            self._caller.linked = await self._desk.accounts_by_phone(self._caller.phone)
        found = self._caller.linked
        if not found or len(found) > OFFERED_MOST:
            return None
        # The number is on file, so this much may be said; who says no to it is nobody we know.
        self._caller.level = Level.L1
        chosen = await (self._confirmed(found[0]) if len(found) == 1 else self._chosen(found))
        if chosen is None:
            self._caller.level, self._caller.not_mine = Level.L0, True
        return chosen

    async def _confirmed(self, account: Account) -> Account | None:
        slots: dict[str, object] = {"tail": tail_of(account.number)}
        place = street_and_house(account.house or account.address)
        if place:
            slots["street"] = place
        key = "identify.known_street" if place else "identify.known_tail"
        return account if await self._is(Question(key, "confirm", slots)) else None

    async def _is(self, question: Question) -> bool:
        """Whether that is the caller's; «это не мой адрес», «вы ошиблись» are plain noes here."""
        question = replace(question, choices={"other": _OTHER})
        for _ in range(OTHER_TRIES):
            answer = await self._talk.ask(question)
            if not isinstance(answer, Answer):
                self._script.unanswered(answer)
            if answer.act == "wrong_person":
                return False
            answer = await self._script.considered(answer)
            if answer.act != "unsure":
                return answer.act == "yes"
        return False

    async def _chosen(self, found: Sequence[Account]) -> Account | None:
        """Which of several accounts: told apart by their streets where they can be, else by their last digits."""
        places = [street_and_house(account.house or account.address) for account in found]
        by_street = None not in places and len(set(places)) == len(places)
        names = [str(place) for place in places] if by_street else [tail_of(account.number) for account in found]
        choices = {
            account.number: (ordinal, *(_street_said(account) if by_street else tail_said(name)))
            for account, name, ordinal in zip(found, names, _ORDINALS, strict=False)
        }
        key = f"identify.{'streets' if by_street else 'tails'}.{len(found)}"
        slots = dict(zip(("first", "second", "third"), names, strict=False))
        question = Question(key, "menu", slots, choices={**choices, "other": _OTHER})
        for _ in range(OTHER_TRIES):
            answer = await self._talk.ask(question)
            if not isinstance(answer, Answer):
                self._script.unanswered(answer)
            if answer.act == "wrong_person":
                return None
            answer = await self._script.considered(answer)
            if answer.act == "choice":
                return next((one for one in found if one.number == answer.values["choice"]), None)
            if answer.act == "no":
                return None
        return None

    # -- by what the caller names ---------------------------------------------------------------------------------

    async def _named(self) -> Account:
        account = await self._by_account()
        if account is None:
            account = await self._another_way()
        if account is None:
            await self._talk.say("identify.no_account")
            raise Ended("no_account")
        if any(account.number == one.number for one in self._caller.linked or ()):
            self._caller.level = Level.L1
        return account

    async def _by_account(self) -> Account | None:
        question = Question(
            "identify.account",
            "account",
            account_lengths=self._rules.account_lengths,
            account_pattern=self._rules.account_pattern,
        )
        answer = self._said_before(question)
        for _ in range(ACCOUNT_TRIES):
            if answer is None:
                heard = await self._talk.ask(question)
                if not isinstance(heard, Answer):
                    if heard.why != "no_match":
                        self._script.unanswered(heard)
                    return None
                answer = await self._script.considered(heard)
            if answer.act in ("unsure", "no"):
                return None
            account = await self._of_digits(answer)
            if account is not None:
                return account
            answer = None
        return None

    def _said_before(self, question: Question) -> Answer | None:
        """An account named beside the topic («показания по счёту семьсот…»)."""
        said = self._caller.said
        answer = understand(question, said, self._seat.today()) if said else None
        if answer is None or answer.verdict.get("account") != "OK":
            return None
        self._caller.use_said()
        return answer

    async def _of_digits(self, answer: Answer) -> Account | None:
        number = answer.values.get("account", "")
        match answer.verdict.get("account"):
            case "OK":
                read_back = {"account": self._grouped(number)}
                if not await self._is(Question("identify.account_confirm", "confirm", read_back)):
                    return None
                account = await self._desk.account(number)
                if account is None:
                    await self._talk.say("identify.account_unknown")
                return account
            case "LOOKS_LIKE_PHONE":
                return await self._of_telephone(f"+7{number[1:]}")
            case "WRONG_LENGTH":
                await self._talk.say("identify.account_length")
            case "WRONG_FORMAT":
                await self._talk.say("identify.account_letters")
            case _:
                await self._talk.say("identify.account_again")
        return None

    async def _of_telephone(self, phone: str) -> Account | None:
        """A telephone said for an account: whoever names one is not known by it, so only the tail is spoken."""
        found = await self._desk.accounts_by_phone(phone)
        if len(found) != 1:
            await self._talk.say("identify.account_is_phone")
            return None
        known = Question("identify.known_tail", "confirm", {"tail": tail_of(found[0].number)})
        return found[0] if await self._is(known) else None

    async def _another_way(self) -> Account | None:
        choices = {
            "serial": ("по счётчику", "по номеру счётчика", "счётчик", "номер счётчика"),
            "address": ("по адресу", "адрес", "по улице"),
        }
        answer = await self._script.ask(Question("identify.other_way", "menu", choices=choices))
        match answer.values.get("choice"):
            case "serial":
                return await self._by_serial()
            case "address":
                return await self._by_address()
        return None

    async def _by_serial(self) -> Account | None:
        for _ in range(OTHER_TRIES):
            answer = await self._script.ask(Question("identify.serial", "digits"))
            serial = answer.values.get("digits", "")
            if not serial or not await self._is(Question("identify.serial_confirm", "confirm", {"serial": serial})):
                continue
            found = await self._desk.accounts_by_serial(serial)
            if len(found) == 1:
                self._caller.told.add(serial)
                return found[0]
            await self._talk.say("identify.serial_unknown")
        return None

    async def _by_address(self) -> Account | None:
        """By address, proved by the meter: a house misheard must not get a neighbour's reading."""
        for _ in range(OTHER_TRIES):
            answer = await self._script.ask(Question("identify.address", "free"))
            said = answer.values.get("text", "")
            if not said:
                continue
            found = await self._desk.accounts_by_address(said)
            if len(found) > 1:
                flat = (await self._script.ask(Question("identify.flat", "digits"))).values.get("digits", "")
                said = f"{said} квартира {flat}" if flat else said
                found = await self._desk.accounts_by_address(said)
            if len(found) != 1:
                await self._talk.say("identify.address_unknown")
                continue
            return await self._with_meter(found[0])
        return None

    async def _with_meter(self, account: Account) -> Account | None:
        """The account, if the caller can read the end of its meter's number; the flat was said already, and is none."""
        serials = [meter.serial for meter in await self._desk.meters(account.number)]
        for _ in range(OTHER_TRIES):
            answer = await self._script.ask(Question("identify.meter_tail", "digits"))
            tail = answer.values.get("digits", "")
            if not tail:
                continue
            right = len(tail) >= TAIL and any(serial.endswith(tail) for serial in serials)
            if await self._matches(account, tail) and right:
                self._caller.level = Level.L2
                return account
            await self._talk.say("identify.secret_wrong")
        return None

    # -- proof ----------------------------------------------------------------------------------------------------

    async def _prove(self, account: Account) -> None:
        for _ in range(self._rules.secret_tries):
            answer = await self._script.ask(Question("identify.secret", "digits", secret=True))
            secret = answer.values.get("digits", "")
            if answer.act in ("unsure", "no"):
                break
            if not secret:
                continue
            if self._told(secret):
                await self._talk.say("identify.secret_other")
            elif await self._matches(account, secret):
                self._caller.level = Level.L2
                return
            else:
                await self._talk.say("identify.secret_wrong")
        await self._talk.say("identify.not_proved")
        raise Ended("not_proved")

    def _told(self, secret: str) -> bool:
        return any(told.endswith(secret) for told in self._caller.told)

    async def _matches(self, account: Account, secret: str) -> bool:
        if self._told(secret):
            return False
        try:
            return await self._desk.check_secret(account.number, secret)
        except SecretsLocked as locked:
            await self._talk.say("identify.locked")
            raise Ended("locked") from locked

    def _grouped(self, number: str) -> str:
        """«700-123-4567» where the supplier groups its accounts so: the voice breathes at each dash."""
        sizes = self._rules.account_groups
        if sum(sizes) != len(number):
            return number
        ends = [sum(sizes[: at + 1]) for at in range(len(sizes))]
        return "-".join(number[end - size : end] for end, size in zip(ends, sizes, strict=True))


def _street_said(account: Account) -> tuple[str, ...]:
    address = account.house or account.address
    return tuple(filter(None, (street_and_house(address), street(address))))
