"""`gudok users`, as an admin runs it."""

from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from ivr.cli import users

pytestmark = pytest.mark.live


def run(data: Path, *words: str) -> Result:
    app = typer.Typer()
    users.register(app)
    return CliRunner().invoke(app, ["users", *words, "--data", str(data)])


def test_users_are_made_listed_changed_and_closed(tmp_path: Path) -> None:
    words = ("--name", "Иванова Анна", "--roles", "supervisor,qc", "--suppliers", "energosbyt")
    made = run(tmp_path, "add", "ivanova", *words)
    assert made.exit_code == 0, made.output
    assert len(made.stdout.strip()) == 19
    run(tmp_path, "add", "petrov", "--name", "Пётр", "--roles", "admin")
    run(tmp_path, "change", "petrov", "--roles", "admin,auditor", "--why", "проверка")
    run(tmp_path, "close", "ivanova", "--why", "уволилась")
    assert run(tmp_path, "list").stdout.splitlines() == [
        "ivanova\tИванова Анна\tsupervisor,qc\tenergosbyt\tclosed",
        "petrov\tПётр\tadmin,auditor\tall",
    ]
    again = run(tmp_path, "password", "petrov")
    assert again.exit_code == 0
    assert again.stdout.strip() != made.stdout.strip()


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["add", "x", "--name", "Икс", "--roles", "boss"], 2, "there are: admin, editor"),
        (["add", "Ж", "--name", "Икс"], 1, "латинские"),
        (["add", "x", "--name", " "], 1, "имя"),
        (["change", "nobody", "--name", "Икс"], 1, "нет"),
        (["password", "nobody"], 1, "нет"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, words: list[str], code: int, why: str) -> None:
    done = run(tmp_path, *words)
    assert done.exit_code == code
    assert why in done.stderr
