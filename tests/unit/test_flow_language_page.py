"""Every example of docs/dialplans.md is put into the line that `gudok new` writes, loaded and checked."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.flow.checks import check
from ivr.flow.dialplan import EXITS
from ivr.flow.starter import files
from ivr.flow.variables import BUILT_IN, OF_LOOKUP, OF_QUEUE, OF_SCHEDULE
from ivr.flow.verbs import VERBS

PAGE = (Path(__file__).parents[2] / "docs" / "dialplans.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^### (\w+)$|^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FILES = {text.split("\n")[0].removeprefix("# "): text for _, text in BLOCKS if text.startswith("# ")}
EXAMPLES = [text for _, text in BLOCKS if text.startswith("  ")]
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split(":")[0].strip())
def test_an_example_checks_clean(example: str, tmp_path: Path) -> None:
    folder = tmp_path / "page"
    for name, text in {**dict(files("Страница", "100")), **FILES}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    main = folder / "flows" / "main.yaml"
    first = example.split(":")[0].strip()
    text = re.sub(r"^start: \w+$", f"start: {first}", main.read_text(encoding="utf-8"), flags=re.MULTILINE)
    main.write_text(f"{text}\n{example}", encoding="utf-8")
    begins = text.count("\n") + 2
    findings = check(folder, now=NOW)[1]
    # An example begins the call, so what leads to people may be left out of it.
    assert [str(one) for one in findings if one.is_error and one.code != "E233"] == []
    assert [str(one) for one in findings if one.place.file == main and one.place.line >= begins] == []


def test_every_verb_has_an_example() -> None:
    headings = [heading for heading, _ in BLOCKS if heading]
    assert headings == list(VERBS)
    for verb in VERBS:
        assert any(re.search(rf"\b{verb}: ", example) for example in EXAMPLES), verb


def test_every_exit_is_told_of() -> None:
    assert all(f"| `{name}` |" in PAGE for name in EXITS)


def test_every_variable_that_is_always_there_is_told_of() -> None:
    assert [name for name in BUILT_IN if f"`{name}`" not in PAGE] == []
    assert [fact for fact in (*OF_SCHEDULE, *OF_QUEUE) if f".{fact}`" not in PAGE] == []
    assert [fact for facts in OF_LOOKUP.values() for fact in facts if f"`{fact}`" not in PAGE] == []
