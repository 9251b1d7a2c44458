"""What dialogues declare is what they do, and a hang-up at any moment of any of them stores nothing unconfirmed."""

import re
from pathlib import Path

import pytest
from dialogue_courses import COURSES, Course

from bots.catalogue import DIALOGUES, PROMPTS, TEXTS
from bots.dialogue import RUNGS, Dialogue, Prompt
from ivr.prompts.normal import speakable
from ivr.prompts.slots import known_form, slots, stray_brace


@pytest.mark.parametrize("course", COURSES, ids=lambda one: one.name)
async def test_the_course_of_a_dialogue_ends_as_it_should(course: Course) -> None:
    assert (await course.run(course.billing())).name == course.outcome


def test_every_dialogue_has_a_course() -> None:
    assert {course.dialogue for course in COURSES} == set(DIALOGUES)


@pytest.mark.parametrize("course", COURSES, ids=lambda one: one.name)
async def test_a_hang_up_at_any_await_stores_nothing_unconfirmed_and_keeps_what_was_heard(course: Course) -> None:
    whole = await course.run(course.billing())
    assert whole.outcome is not None
    confirmed = {(one.serial, tuple(one.values.items())) for one in whole.desk.stored}
    for leaves_at in range(1, whole.desk.awaits.count + 1):
        desk = course.billing()
        call = await course.run(desk, leaves_at)
        where = f"{course.name}, await {leaves_at}, after {call.said[-1:]}"
        assert call.outcome is None, where
        stored = {(one.serial, tuple(one.values.items())) for one in desk.stored}
        assert stored <= confirmed, where
        if "readings.accepted" in call.said:
            assert stored, where
        # A request is made by the «да» to its read-back, and its number is told to whoever still listens.
        read_back = any(key.startswith("request.confirm") for key in call.said)
        assert read_back or not desk.opened, where
        spoken = any(key.startswith(("readings.confirm", "readings.spell")) for key in call.said)
        if spoken and not stored:
            assert call.drafts, where
        if course.dialogue in ("readings", "reminder_call"):
            unstored = {one.serial for one in desk.kept} & {one.serial for one in desk.stored}
            assert not unstored, where


@pytest.mark.parametrize("course", COURSES, ids=lambda one: one.name)
async def test_billing_down_at_any_step_never_tells_an_untruth(course: Course) -> None:
    calls = [
        "accounts_by_phone", "account", "meters", "store_reading", "keep_draft", "drafts", "taken", "debt", "outages",
        "accounts_by_serial", "accounts_by_address", "check_secret", "open_request", "requests", "bad_tries",
        "note_bad_try", "*",
    ]  # fmt: skip
    for away in calls:
        desk = course.billing(away)
        call = await course.run(desk)
        told = [key for key in call.said if key in ("readings.accepted", "readings.accepted_outbox")]
        assert len(told) == len(desk.stored), away
        assert not ("request.opened" in call.said and not desk.opened), away
        if away == "store_reading" and "store_reading" in await _reached(course):
            assert call.name == "billing_away"
            assert call.said[-1] in ("readings.not_stored", "outbound.billing_away")


async def _reached(course: Course) -> set[str]:
    whole = await course.run(course.billing())
    return {"store_reading"} if whole.desk.stored else set()


@pytest.mark.parametrize("dialogue", DIALOGUES.values(), ids=lambda one: one.name)
def test_a_dialogue_declares_all_that_a_flow_needs_to_know(dialogue: Dialogue) -> None:
    assert re.fullmatch(r"[a-z_]+", dialogue.name)
    assert dialogue.title
    for name, means in dialogue.outcomes.items():
        assert re.fullmatch(r"[a-z_]+", name)
        assert re.search("[а-я]", means)
    for wanted in dialogue.inputs.values():
        assert wanted.title


def test_one_key_says_one_thing_wherever_it_is_declared() -> None:
    for dialogue in DIALOGUES.values():
        for key, prompt in dialogue.prompts.items():
            assert prompt == PROMPTS[key], f"{dialogue.name} words {key} in its own way"


@pytest.mark.parametrize("key", PROMPTS)
def test_a_text_can_be_spoken_and_its_slots_are_written_as_the_voice_takes_them(key: str) -> None:
    text = TEXTS[key]
    assert stray_brace(text) is None
    assert all(known_form(slot.form) for slot in slots(text))
    speakable(re.sub(r"\{[^}]*\}", "", text))
    assert "  " not in text
    assert text[0].isupper() or text[0] == "{"
    assert text[-1] in ".?!}", text
    assert not re.search(r"\b(?:осуществ|произвест|данн(?:ый|ого)|в связи с|необходимо|ваш вызов)\b", text.lower())
    e_for_yo = r"\b(?:счет|счета|еще|звездочк|решетк|учтем|подождем|придет|зайдет)\w*"
    assert not re.search(e_for_yo, text.lower()), f"{key}: «ё» is missing in «{text}»"


def test_questions_have_their_rungs_and_the_keys_offer_nothing_that_is_not_there() -> None:
    for key in PROMPTS:
        for rung in RUNGS:
            if key.endswith(rung):
                assert key.removesuffix(rung) in PROMPTS
    for key, prompt in PROMPTS.items():
        if "Верно?" in prompt.text:
            assert key + ".hint" in PROMPTS
            assert key + ".keys" in PROMPTS


def test_no_prompt_below_a_secret_tells_a_former_reading_or_money() -> None:
    for key, prompt in PROMPTS.items():
        if re.search(r"\|rubles\}", prompt.text):
            assert prompt.discloses in ("balance", "debt"), key


@pytest.mark.parametrize(
    ("wording", "unknown", "lost"),
    [
        ("Показания {value|words}. Верно?", [], []),
        ("Вы назвали {value|digits}?", [], []),
        ("Верно?", [], ["value"]),
        ("{reading}, верно?", ["reading"], ["value"]),
    ],
)
def test_a_suppliers_wording_is_held_to_the_slots_there_are(wording: str, unknown: list[str], lost: list[str]) -> None:
    prompt = PROMPTS["readings.confirm.single"]
    assert (prompt.unknown_slots(wording), prompt.lost_slots(wording)) == (unknown, lost)


def test_slots_of_all_rungs_are_given_to_each() -> None:
    for key, prompt in PROMPTS.items():
        for rung in RUNGS:
            other: Prompt | None = PROMPTS.get(key + rung)
            if other is not None:
                assert set(other.slots) == set(prompt.slots), key + rung


def test_texts_are_short_enough_for_an_ear() -> None:
    for key, text in TEXTS.items():
        for sentence in re.split(r"(?<=[.?!])\s", text):
            assert len(sentence.split()) <= 20, f"{key}: {sentence}"


def test_the_docs_tell_of_every_dialogue_as_it_is() -> None:
    told = (Path(__file__).parents[2] / "docs" / "dialogues.md").read_text()
    for dialogue in DIALOGUES.values():
        assert f"| `{dialogue.name}`" in told
        for name, means in dialogue.outcomes.items():
            assert re.search(rf"\| `{name}` \| [^|]*\| {re.escape(means)} \|", told), f"{dialogue.name}: {name}"
        for name, wanted in dialogue.inputs.items():
            assert re.search(rf"\| `{dialogue.name}` \| `{name}` \| [^|]*\| {re.escape(wanted.title)} \|", told)
    for key, text in TEXTS.items():
        if not key.endswith(RUNGS):
            assert f"| `{key}`" in told, key
            assert text.replace("|", r"\|") in told, f"{key}: its wording in the docs is another"
