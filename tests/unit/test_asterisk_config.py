"""Asterisk's configuration: what is generated, what is refused, and that no value can become syntax."""

import re
import stat
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from asterisk.config import SNIPPETS, ConfigRefused, Unfit, snippets, write
from asterisk.config import quote as q
from asterisk.config.model import number_forms, queues_of, sip_uri
from asterisk.config.music import waiting_music
from ivr.cli import config as command
from ivr.settings import Nat, Operator, Ports, Settings, Tls, Trunk


class Facts:
    """An Asterisk that need not exist to be written for."""

    modules = Path("/opt/asterisk/modules")
    data = Path("/opt/asterisk/data")
    load = ("res_pjsip", "chan_pjsip")


def settings(data: Path, **given: Any) -> Settings:
    return Settings(data=data, **given)


def secret(data: Path, name: str, text: str = "carrier's own") -> None:
    (data / "secrets").mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / "secrets" / name).write_text(text, encoding="utf-8")


def text_of(given: Settings, name: str, **options: Any) -> str:
    return (write(given, Facts(), **options).folder / name).read_text(encoding="utf-8")


def sections(text: str) -> list[dict[str, list[str]]]:
    """What Asterisk would read: comments away, sections in order, the values of each key."""
    found: list[dict[str, list[str]]] = []
    for line in text.splitlines():
        bare = re.split(r"(?<!\\);", line)[0].strip()
        if header := re.match(r"\[(.+?)\](\(.*\))?$", bare):
            found.append({"": [header[1]]})
        elif "=" in bare and found:
            key, _, value = bare.partition("=")
            found[-1].setdefault(key.strip(), []).append(value.lstrip("> ").replace("\\;", ";"))
    return found


def section(text: str, name: str, kind: str | None = None) -> dict[str, list[str]]:
    return next(each for each in sections(text) if each[""] == [name] and (kind is None or each.get("type") == [kind]))


# -- quoting ---------------------------------------------------------------------------------------------------------


@given(st.text())
def test_a_value_is_one_line_that_reads_back_as_itself_or_is_refused(text: str) -> None:
    try:
        made = q.value(text)
    except q.Unfit:
        return
    assert "\n" not in made
    assert "\r" not in made
    assert not re.search(r"(?<!\\);", made)
    assert made.replace("\\;", ";") == text


@given(st.text())
def test_a_dialplan_literal_holds_nothing_the_dialplan_acts_upon(text: str) -> None:
    try:
        made = q.dialplan(text)
    except q.Unfit:
        return
    assert not set(made) & set("${}[]()<>,;&|\"'\\`!?*#\n\r\t%^")
    assert made == text


@pytest.mark.parametrize(
    "bad",
    ["a\nb", "a\rb", "a\x00b", "a\tb", " a", "a ", "a\u2028b", "x" * 1001, "а" * 501],
)
def test_what_a_line_cannot_carry_is_refused(bad: str) -> None:
    with pytest.raises(Unfit):
        q.value(bad)


@pytest.mark.parametrize("bad", ["", "a b", "a]", "[a", "a;b", "a\nb", "-a", "é", "a" * 71, "a(b)"])
def test_a_section_name_is_letters_and_digits(bad: str) -> None:
    with pytest.raises(Unfit):
        q.section(bad)


@pytest.mark.parametrize(
    "bad", ["s", "h", "t", "i", "o", "a", "e", "T x", "_X.", "1,2", "1;2", "1!", "[1]", "", "hangup"]
)
def test_an_extension_is_never_a_pattern_nor_one_of_asterisks_own(bad: str) -> None:
    with pytest.raises(Unfit):
        q.extension(bad)


@pytest.mark.parametrize("good", ["101", "ivanova", "88003505566", "+78003505566", "8-800", "*1"])
def test_what_people_dial_is_an_extension(good: str) -> None:
    assert q.extension(good) == good


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("sip.carrier.ru", "sip.carrier.ru"),
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "[2001:db8::1]"),
        ("[::1]", "[::1]"),
    ],
)
def test_a_host_fits_into_a_sip_uri(given: str, made: str) -> None:
    assert q.host(given) == made


@pytest.mark.parametrize("bad", ["a b", "a;transport=tcp", "a@b", "a>b", "", "a/b", "-a", "a,b", "host\n"])
def test_what_is_no_host_is_refused(bad: str) -> None:
    with pytest.raises(Unfit):
        q.host(bad)


@pytest.mark.parametrize("bad", ["10.0.0.0/8,0.0.0.0/0", "10.0.0.1;x", "10.0.0.1 10.0.0.2", "", "10.0.0.1\n"])
def test_what_is_no_network_is_refused(bad: str) -> None:
    with pytest.raises(Unfit):
        q.network(bad)


def test_the_user_of_an_uri_is_percent_encoded() -> None:
    assert sip_uri("sip.carrier.ru", 5060, "udp", "78001234567@x;y<z>") == (
        "sip:78001234567%40x%3By%3Cz%3E@sip.carrier.ru:5060"
    )
    assert sip_uri("sip.carrier.ru", 5061, "tls") == "sip:sip.carrier.ru:5061;transport=tls"


def test_what_has_no_form_in_a_file_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        q.anything(1.5)
    with pytest.raises(TypeError):
        q.anything(None)


# -- the files -------------------------------------------------------------------------------------------------------


def test_files_with_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    written = write(settings(tmp_path), Facts())
    assert stat.S_IMODE(written.folder.stat().st_mode) == 0o700
    for file in written.folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_a_file_nobody_needs_any_more_is_taken_away_and_told(tmp_path: Path) -> None:
    written = write(settings(tmp_path), Facts())
    (written.folder / "sip.conf").write_text("left over")
    again = write(settings(tmp_path), Facts())
    assert again.changed == {"sip.conf"}
    assert not (again.folder / "sip.conf").exists()
    assert not [file for file in written.folder.iterdir() if file.name.startswith(".")]


def test_the_manager_listens_on_loopback_and_lets_the_service_do_no_more_than_it_needs(tmp_path: Path) -> None:
    text = text_of(settings(tmp_path, ports=Ports(ami=15038)), "manager.conf")
    general, service, supervisor = section(text, "general"), section(text, "gudok"), section(text, "gudok-up")
    assert general["bindaddr"] == ["127.0.0.1"]
    assert general["port"] == ["15038"]
    assert general["timestampevents"] == ["yes"]
    assert service["read"] == ["system,call,agent,user"]
    assert not {"system", "command", "config", "all"} & set(service["write"][0].split(","))
    assert service["secret"] != supervisor["secret"]
    for user in (service, supervisor):
        assert user["deny"] == ["0.0.0.0/0.0.0.0"]
        assert user["permit"] == ["127.0.0.0/255.0.0.0"]


def test_every_number_of_every_supplier_can_be_rung_from_this_machine(tmp_path: Path) -> None:
    for supplier, numbers in (("volga", '"88003505566": main, "1357": main'), ("kama", '"84722230849": main')):
        (tmp_path / supplier).mkdir()
        (tmp_path / supplier / "line.yaml").write_text(f"title: Т\nnumbers: {{{numbers}}}\n", encoding="utf-8")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "line.yaml").write_text('numbers: {"1,Dial": main, "s": [', encoding="utf-8")
    told = text_of(settings(tmp_path, dialplans=tmp_path), "extensions.conf")
    assert "exten => 1357,1,Goto(gudok-line,1357,1)" in told
    assert "exten => +74722230849,1,Goto(gudok-line,84722230849,1)" in told
    assert told.count("exten => 88003505566,1,") == 1
    assert "1,Dial" not in told.split("[gudok-line]")[0]


def test_queues_are_those_operators_serve_in_and_those_a_dialplan_names(tmp_path: Path) -> None:
    given = settings(
        tmp_path,
        supplier="volga",
        operators=(Operator(name="101", queues=("operators", "debts")), Operator(name="102")),
    )
    text = text_of(given, "queues.conf", queues=("meters",))
    assert section(text, "volga-operators")["member"] == ["PJSIP/101,0,101,PJSIP/101", "PJSIP/102,0,102,PJSIP/102"]
    assert section(text, "volga-debts")["member"] == ["PJSIP/101,0,101,PJSIP/101"]
    assert "member" not in section(text, "volga-meters")
    assert [queue.number for queue in queues_of(given, ("meters",))][:3] == ["600", "601", "602"]
    assert section(text, "gudok")["joinempty"] == ["unavailable,invalid,unknown"]


def test_every_suppliers_queues_are_there_and_an_operator_may_serve_in_anothers(tmp_path: Path) -> None:
    for slug, queues in (("volga", "{operators: О, debts: Д}"), ("kama", "{operators: О, 'по-русски': Н}")):
        (tmp_path / slug).mkdir()
        (tmp_path / slug / "line.yaml").write_text(f"title: Т\nnumbers: {{}}\nqueues: {queues}\n", encoding="utf-8")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "line.yaml").write_text("queues: [", encoding="utf-8")
    serving = (Operator(name="101"), Operator(name="102", queues=("operators", "kama/operators")))
    given = settings(tmp_path, operators=serving, supplier="volga", dialplans=tmp_path)
    found = {queue.name: [member.name for member in queue.members] for queue in queues_of(given)}
    assert found == {"volga-operators": ["101", "102"], "kama-operators": ["102"], "volga-debts": []}


@pytest.mark.parametrize(
    ("line", "forms"),
    [
        ("88003505566", ("88003505566", "78003505566", "+78003505566", "8003505566")),
        ("+78003505566", ("+78003505566", "88003505566", "78003505566", "8003505566")),
        ("112", ("112",)),
    ],
)
def test_a_russian_number_is_known_in_all_its_forms(line: str, forms: tuple[str, ...]) -> None:
    assert number_forms(line) == forms


def test_the_fallback_is_set_before_the_call_is_handed_over(tmp_path: Path) -> None:
    text = text_of(settings(tmp_path, ports=Ports(agi=14573)), "extensions.conf")
    steps = [line.strip() for line in text.partition("[gudok-line]")[2].partition("\n[")[0].splitlines()]
    handed = next(number for number, step in enumerate(steps) if "AGI(agi://127.0.0.1:14573/call," in step)
    before = "\n".join(steps[:handed])
    for name in ("GUDOK_SUPPLIER", "GUDOK_QUEUE", "GUDOK_DONE=", "AGIEXITONHANGUP=yes", "TIMEOUT(absolute)"):
        assert name in before
    assert any("gudok-fallback,s,1" in step for step in steps[handed:])
    assert not any(step.startswith("exten => h,") for step in steps)


def test_the_benchmarks_menu_is_there_only_when_asked_for(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert "bench-menu" not in text_of(given, "extensions.conf")
    assert section(text_of(given, "cdr.conf"), "general")["enable"] == ["no"]
    prompt = tmp_path / "menu"
    text = text_of(given, "extensions.conf", bench_prompt=prompt)
    assert f"Read(KEY,{prompt},1" in text
    assert section(text_of(given, "cdr.conf", bench_prompt=prompt), "general")["enable"] == ["yes"]
    assert "load = cdr_csv" in text_of(given, "modules.conf", bench_prompt=prompt)


def test_a_line_that_is_not_on_loopback_is_rung_there_too(tmp_path: Path) -> None:
    text = text_of(settings(tmp_path, bind="192.0.2.7"), "pjsip_transports.conf")
    assert section(text, "udp")["bind"] == ["192.0.2.7:5060"]
    assert section(text, "udp-loopback")["bind"] == ["127.0.0.1:5060"]
    text = text_of(settings(tmp_path, bind="0.0.0.0"), "pjsip_transports.conf")
    assert "udp-loopback" not in text


def test_music_for_waiting_is_quiet_and_always_the_same() -> None:
    made = waiting_music()
    assert made == waiting_music()
    assert made[:4] == b"RIFF"
    assert len(made) == 44 + 16 * 8000 * 2


# -- trunks ----------------------------------------------------------------------------------------------------------


def test_a_trunk_that_registers_has_everything_it_needs(tmp_path: Path) -> None:
    secret(tmp_path, "trunk-rt", "p;w")
    trunk = Trunk(name="rt", host="sip.carrier.ru", username="78001234567", caller_from="pai", keys="info")
    text = text_of(settings(tmp_path, trunks=(trunk,)), "pjsip.conf")
    registration = section(text, "trunk-rt", "registration")
    assert registration["server_uri"] == ["sip:sip.carrier.ru:5060"]
    assert registration["client_uri"] == ["sip:78001234567@sip.carrier.ru:5060"]
    assert registration["line"] == ["yes"]
    assert int(registration["max_retries"][0]) > 100_000
    assert section(text, "trunk-rt", "auth")["password"] == ["p;w"]
    endpoint = section(text, "trunk-rt", "endpoint")
    assert endpoint["allow"] == ["alaw"]
    assert endpoint["dtmf_mode"] == ["info"]
    assert endpoint["trust_id_inbound"] == ["yes"]
    assert endpoint["identify_by"] == ["ip"]
    assert section(text, "trunk-rt", "aor")["qualify_frequency"] == ["30"]


def test_a_trunk_known_by_address_neither_registers_nor_needs_a_password(tmp_path: Path) -> None:
    trunk = Trunk(name="rt", host="192.0.2.1", auth="ip", match=("192.0.2.0/28", "198.51.100.5"), srtp=True)
    text = text_of(settings(tmp_path, trunks=(trunk,)), "pjsip.conf")
    assert section(text, "trunk-rt", "identify")["match"] == ["192.0.2.0/28", "198.51.100.5"]
    assert section(text, "trunk-rt", "endpoint")["media_encryption"] == ["sdes"]
    assert not [each for each in sections(text) if each[""] == ["trunk-rt"] and each.get("type") == ["registration"]]
    assert not (tmp_path / "secrets" / "trunk-rt").exists()


def test_behind_an_address_translator_carriers_are_told_the_outer_address(tmp_path: Path) -> None:
    given = settings(tmp_path, bind="0.0.0.0", nat=Nat(external_address="203.0.113.9", local_networks=("10.0.0.0/8",)))
    transport = section(text_of(given, "pjsip_transports.conf"), "udp")
    assert transport["external_media_address"] == ["203.0.113.9"]
    assert transport["external_signaling_address"] == ["203.0.113.9"]
    assert transport["local_net"] == ["10.0.0.0/8"]


def test_a_certificate_brings_a_tls_transport(tmp_path: Path) -> None:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("pem")
    tls = Tls(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem", port=15061, ca=tmp_path / "cert.pem")
    transport = section(text_of(settings(tmp_path / "d", tls=tls), "pjsip_transports.conf"), "tls")
    assert transport["bind"] == ["127.0.0.1:15061"]
    assert transport["verify_server"] == ["yes"]
    assert transport["ca_list_file"] == [str(tmp_path / "cert.pem")]


# -- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"operators": (Operator(name="101"), Operator(name="101"))}, "'101' is there twice"),
        ({"operators": (Operator(name="h"),)}, "'h' cannot be dialled"),
        ({"operators": (Operator(name="700"),)}, "'700' is the number of something else"),
        ({"operators": (Operator(name="600"),)}, "'600' is the number of something else"),
        ({"operators": (Operator(name="gudok-caller"),)}, "begins like a name of ours"),
        ({"bind": "example.org"}, "is not an IP address"),
        ({"trunks": (Trunk(name="rt", host="a b", auth="ip"),)}, "'a b' is neither"),
        ({"trunks": (Trunk(name="rt", host="sip.ru", auth="ip", match=("1.2.3.4;x",)),)}, "'1.2.3.4;x' is neither"),
        ({"trunks": (Trunk(name="rt", host="sip.ru"),)}, "secrets/trunk-rt"),
        ({"trunks": (Trunk(name="rt", host="sip.ru", auth="ip", transport="tls"),)}, "wants TLS"),
        ({"tls": Tls(certificate=Path("/nowhere/c.pem"), key=Path("/nowhere/k.pem"))}, "/nowhere/c.pem"),
        ({"nat": Nat(external_address="1.2.3.4\n[x]")}, "is neither a host name"),
    ],
)
def test_settings_that_make_no_working_line_are_refused_in_words(
    tmp_path: Path, given: dict[str, Any], word: str
) -> None:
    with pytest.raises(ConfigRefused, match=re.escape(word)):
        write(settings(tmp_path, **given), Facts())


def test_a_data_folder_the_dialplan_cannot_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="--data"):
        write(settings(tmp_path / "a,b${x}"), Facts())


@pytest.mark.parametrize("name", ["operator-101", "ami", "ami-up"])
@pytest.mark.parametrize("text", ["hush\nanother = value", "hush\x07", "   "])
def test_a_secret_that_cannot_be_written_is_refused_without_being_told(tmp_path: Path, name: str, text: str) -> None:
    secret(tmp_path, name, text)
    with pytest.raises(ConfigRefused, match="secret") as refused:
        write(settings(tmp_path), Facts())
    assert "hush" not in str(refused.value)


# -- snippets --------------------------------------------------------------------------------------------------------


def test_snippets_bring_the_line_to_an_asterisk_of_ones_own(tmp_path: Path) -> None:
    made = snippets(settings(tmp_path))
    assert set(made) == set(SNIPPETS)
    contexts = {each[""][0] for each in sections(made["extensions_gudok.conf"])}
    assert {"gudok-line", "gudok-fallback", "gudok-message", "gudok-say"} <= contexts
    assert "general" not in contexts
    assert {each[""][0] for each in sections(made["manager_gudok.conf"])} == {"general", "gudok", "gudok-up"}
    assert "load = app_queue" in made["modules_gudok.conf"]


def test_the_command_writes_snippets_for_their_owner_only_and_prints_nothing_else(tmp_path: Path) -> None:
    app = typer.Typer()
    command.register(app)
    app.callback()(lambda: None)
    given = ["config", "asterisk", "--data", str(tmp_path / "data")]
    printed = CliRunner().invoke(app, given)
    assert printed.exit_code == 0
    assert "[gudok-line]" in printed.stdout
    folder = tmp_path / "etc"
    made = CliRunner().invoke(app, [*given, "-o", str(folder)])
    assert made.exit_code == 0
    assert made.stdout == ""
    assert {file.name for file in folder.iterdir()} == set(SNIPPETS)
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_the_command_says_what_it_cannot_use(tmp_path: Path) -> None:
    app = typer.Typer()
    command.register(app)
    app.callback()(lambda: None)
    (tmp_path / "gudok.toml").write_text('[[operators]]\nname = "h"\n', encoding="utf-8")
    refused = CliRunner().invoke(app, ["config", "asterisk", "--data", str(tmp_path)])
    assert refused.exit_code == 1
    assert "'h' cannot be dialled" in refused.stderr
