"""Whose account it is: what is asked, what is told to whom, and what is never asked twice."""

import pytest
from scripted_talk import CALLER, NUMBER, Conducted, conduct
from table_desk import TableDesk

from bots.desk import Account, AccountMeter
from bots.dialogues.identify_step import DIALOGUE
from bots.dialogues.streets import street_and_house
from bots.disclosure import Level, may_speak
from bots.meters import Meter
from bots.seat import Caller, HouseRules

OTHER = "7009998888"
THIRD = "7001112222"
SPOKEN = "семь ноль ноль двенадцать тридцать четыре пятьдесят шесть семь"


def billing(*, mine: tuple[str, ...] = (NUMBER,), away: str = "") -> TableDesk:
    addresses = {
        NUMBER: "г. Бийск, ул. Мерлина, 12, кв. 5",
        OTHER: "г. Бийск, ул. Советская, 3, кв. 9",
        THIRD: "г. Бийск, ул. Мерлина, 12, кв. 6",
    }
    return TableDesk(
        accounts=[Account(number, address) for number, address in addresses.items()],
        phones={CALLER: list(mine)},
        its_meters={number: [AccountMeter(f"4821{number[-4:]}", Meter())] for number in addresses},
        secrets={NUMBER: {"5", "4567", "1240"}, OTHER: {"9"}, THIRD: {"6"}},
        away=frozenset(away.split()),
    )


async def known(desk: TableDesk, *lines: str | None, level: str = "L0", phone: str | None = CALLER) -> Conducted:
    return await conduct(DIALOGUE, desk, *lines, phone=phone, inputs={"level": level})


async def test_a_number_on_file_is_confirmed_by_street_and_house_without_the_flat() -> None:
    call = await known(billing(), "да")
    assert call.talk.texts == ["Ваш адрес: улица Мерлина, дом двенадцать. Верно?"]
    assert (call.name, call.caller.level, call.caller.account) == ("identified", Level.L1, call.desk.accounts[0])


async def test_an_address_without_a_street_is_confirmed_by_the_end_of_the_account() -> None:
    desk = billing()
    desk.accounts[0] = Account(NUMBER, "с. Сростки")
    assert (await known(desk, "да")).talk.texts == [
        "Ваш лицевой счёт заканчивается на сорок пять, шестьдесят семь. Верно?"
    ]


@pytest.mark.parametrize("say", ["нет", "это не мой адрес", "другой адрес", "вы ошиблись", "не знаю"])
async def test_who_says_no_to_the_address_on_file_is_a_stranger_and_names_the_account(say: str) -> None:
    unsure = ("не знаю",) if say == "не знаю" else ()
    call = await known(billing(), say, *unsure, "7009998888", "да")
    assert (call.name, call.caller.level) == ("identified", Level.L0)
    assert call.caller.account == call.desk.accounts[1]


@pytest.mark.parametrize(
    ("say", "number"),
    [("первый", NUMBER), ("второй", OTHER), ("советская", OTHER), ("улица мерлина", NUMBER), ("на мерлина", NUMBER)],
)
async def test_of_two_accounts_on_one_telephone_the_street_decides(say: str, number: str) -> None:
    call = await known(billing(mine=(NUMBER, OTHER)), say)
    assert call.said == ["identify.streets.2"]
    assert call.caller.account is not None
    assert (call.caller.account.number, call.caller.level) == (number, Level.L1)


@pytest.mark.parametrize(
    ("say", "number"), [("первый", NUMBER), ("двадцать два двадцать два", THIRD), ("четыре пять шесть семь", NUMBER)]
)
async def test_two_accounts_in_one_house_are_told_apart_by_their_ends(say: str, number: str) -> None:
    call = await known(billing(mine=(NUMBER, THIRD)), say)
    assert call.said == ["identify.tails.2"]
    assert call.caller.account is not None
    assert call.caller.account.number == number


@pytest.mark.parametrize("say", ["другой", "ни тот ни другой", "нет"])
async def test_another_account_than_those_on_file_may_be_named(say: str) -> None:
    call = await known(billing(mine=(NUMBER, OTHER)), say, THIRD, "да")
    assert call.name == "identified"
    assert (call.caller.account, call.caller.level) == (call.desk.accounts[2], Level.L0)


async def test_an_account_of_the_telephone_is_known_as_such_when_it_is_named() -> None:
    desk = billing(mine=(NUMBER, OTHER, THIRD, "7000000001"))
    desk.accounts.append(Account("7000000001", "г. Бийск"))
    call = await known(desk, SPOKEN, "да")
    assert call.said[0] == "identify.account"
    assert call.caller.level == Level.L1


async def test_an_account_is_read_back_in_the_groups_of_the_supplier() -> None:
    call = await conduct(DIALOGUE, billing(), SPOKEN, "да", phone=None, rules=HouseRules(account_groups=(3, 3, 4)))
    said = "Лицевой счёт: семьсот, сто двадцать три, четыре тысячи пятьсот шестьдесят семь. Верно?"
    assert call.talk.texts[1] == said


async def test_an_account_misheard_is_asked_again() -> None:
    call = await known(billing(), "7001234568", "вы ошиблись", SPOKEN, "да", phone=None)
    assert call.name == "identified"


async def test_a_telephone_said_for_the_account_finds_it_but_opens_nothing() -> None:
    call = await known(billing(), "восемь девятьсот тринадцать ноль ноль ноль ноль ноль ноль один", "да", phone=None)
    assert call.name == "identified"
    assert call.caller.level == Level.L0
    assert call.said[1] == "identify.known_tail"


@pytest.mark.parametrize(
    ("say", "told"),
    [
        ("семьсот", "identify.account_length"),
        ("семьдесят пять дэ а пятьдесят три", "identify.account_letters"),
        ("восемь девятьсот двадцать два сто одиннадцать двадцать два тридцать три", "identify.account_is_phone"),
    ],
)
async def test_what_is_no_account_is_said_to_be_none(say: str, told: str) -> None:
    call = await known(billing(), say, phone=None)
    assert call.said[1] == told


async def test_three_unknown_accounts_and_no_other_way_end_at_the_operator() -> None:
    lines = ("7001234568", "да", "7001234569", "да", "7001234560", "да", "нет")
    call = await known(billing(), *lines, phone=None)
    assert (call.name, call.said[-1]) == ("no_account", "identify.no_account")


async def test_an_account_is_found_by_the_number_of_its_meter() -> None:
    call = await known(
        billing(), "не знаю", "по счётчику", "сорок восемь двадцать один сорок пять шестьдесят семь", "да", phone=None
    )
    assert call.name == "identified"
    assert (call.caller.account, call.caller.level) == (call.desk.accounts[0], Level.L0)


async def test_a_meter_an_account_was_found_by_is_no_secret_of_it() -> None:
    lines = ("не знаю", "по счётчику", "48214567", "да", "4567", "5")
    call = await known(billing(), *lines, level="L2", phone=None)
    assert "identify.secret_other" in call.said
    assert call.caller.level == Level.L2


async def test_an_account_found_by_address_needs_the_meter_of_it() -> None:
    lines = ("не помню", "по адресу", "советская 3 9", "8888")
    desk = billing()
    desk.secrets[OTHER] = {"9", "8888"}
    call = await known(desk, *lines, phone=None)
    assert (call.name, call.caller.account) == ("identified", desk.accounts[1])
    wrong = await known(billing(), "не помню", "по адресу", "советская 3 9", "4567", "4568", phone=None)
    assert (wrong.name, wrong.caller.account) == ("no_account", None)


async def test_a_flat_alone_does_not_prove_the_address_it_stands_in() -> None:
    call = await known(billing(), "не помню", "по адресу", "мерлина 12", "5", "5", "5", phone=None)
    assert (call.name, call.caller.account) == ("no_account", None)


@pytest.mark.parametrize("say", ["пять", "квартира пять", "пятая квартира", "четыре пять шесть семь", "1240 рублей"])
async def test_a_secret_opens_the_account(say: str) -> None:
    call = await known(billing(), "да", say, level="L2")
    assert (call.name, call.caller.level) == ("identified", Level.L2)


async def test_a_stranger_needs_a_secret_for_what_a_number_on_file_has() -> None:
    call = await known(billing(), SPOKEN, "да", "пять", level="L1", phone=None)
    assert (call.name, call.caller.level) == ("identified", Level.L2)


async def test_three_wrong_secrets_end_without_telling_anything() -> None:
    call = await known(billing(), "да", "1", "2", "3", level="L2")
    assert (call.name, call.caller.level) == ("not_proved", Level.L1)
    assert call.desk.wrong == {NUMBER: 3}


async def test_after_five_wrong_secrets_the_account_is_locked_whatever_is_said() -> None:
    desk = billing()
    await known(desk, "да", "1", "2", "3", level="L2")
    call = await known(desk, "да", "1", "2", "5", level="L2")
    assert (call.name, call.said[-1]) == ("locked", "identify.locked")


async def test_who_does_not_know_any_secret_goes_to_a_person() -> None:
    assert (await known(billing(), "да", "не знаю", level="L2")).name == "not_proved"


async def test_who_is_known_is_not_asked_again_and_a_level_once_reached_stays() -> None:
    first = await known(billing(), "да", "5", level="L2")
    again = await conduct(DIALOGUE, first.desk, caller=first.caller, inputs={"level": "L2"})
    assert (again.name, again.said) == ("identified", [])


async def test_an_account_said_with_the_topic_is_not_asked() -> None:
    caller = Caller(
        None, said="передать показания по счёту семь ноль ноль двенадцать тридцать четыре пятьдесят шесть семь"
    )
    call = await conduct(DIALOGUE, billing(), "да", caller=caller)
    assert call.said == ["identify.account_confirm"]


@pytest.mark.parametrize(
    "away", ["accounts_by_phone", "account", "accounts_by_serial", "accounts_by_address", "check_secret"]
)
async def test_billing_away_at_any_step_is_said_honestly(away: str) -> None:
    ways = {
        "accounts_by_phone": (CALLER, ()),
        "account": (None, (SPOKEN, "да")),
        "accounts_by_serial": (None, ("не знаю", "по счётчику", "48214567", "да")),
        "accounts_by_address": (None, ("не знаю", "по адресу", "мерлина 12")),
        "check_secret": (CALLER, ("да", "5")),
    }
    phone, lines = ways[away]
    call = await known(billing(away=away), *lines, level="L2", phone=phone)
    assert (call.name, call.said[-1]) == ("billing_away", "talk.billing_away")


@pytest.mark.parametrize("lines", [("да",), ("нет", SPOKEN)])
async def test_who_wants_a_person_is_not_held_up(lines: tuple[str, ...]) -> None:
    call = await known(billing(), *lines, "с роботом не разговариваю", level="L2")
    assert call.name == "transferred"


async def test_who_died_or_moved_is_left_to_a_person() -> None:
    call = await known(billing(), "он умер")
    assert (call.name, call.said[-1]) == ("transferred", "talk.to_operator")


@pytest.mark.parametrize(
    ("address", "spoken"),
    [
        ("г. Бийск, ул. Мерлина, 12, кв. 5", "улица Мерлина, дом 12"),
        ("Барнаул, пр-кт Ленина, д. 5а, кв 17", "проспект Ленина, дом 5 а"),
        ("Мурманск, ул.Книповича, д.33/1", "улица Книповича, дом 33 дробь 1"),
        ("ул. Гагарина д.4 корп.2", "улица Гагарина, дом 4 корпус 2"),
        ("ул. Садовая, 12-5", "улица Садовая, дом 12"),
        ("Красный проспект, 10", "Красный проспект, дом 10"),
        ("мкр. 7, д. 3, кв. 5", "микрорайон 7, дом 3"),
        ("ул. 8 Марта, 5", "улица 8-го Марта, дом 5"),
        ("ул. 40 лет Октября, д. 7", "улица 40 лет Октября, дом 7"),
        ("с. Сростки, 5", None),
        ("", None),
    ],
)
def test_a_flat_is_never_part_of_a_spoken_address(address: str, spoken: str | None) -> None:
    assert street_and_house(address) == spoken


def test_money_needs_a_secret_or_a_call_of_ours_to_the_owner() -> None:
    assert not any(may_speak(level, "balance") for level in (Level.L0, Level.L1, Level.L1D))
    assert not any(may_speak(level, "previous") for level in (Level.L0, Level.L1, Level.L1D))
    assert may_speak(Level.L1D, "debt")
    assert not may_speak(Level.L1D, "street")
    assert not may_speak(Level.L1, "debt")
    assert Level.L2.reaches(Level.L1D)
    assert not Level.L1.reaches(Level.L1D)
