"""A hang-up, and a stop of the service, at every await of every scenario: no task, no open call, no complaint.

The lines that ship have hundreds of scenarios: each is ended at a few of its awaits, spread evenly and always the same
ones; at all of them by `make proof`.
"""

from pathlib import Path

import pytest

from ivr.call.rehearsal.hang_up import How, hang_up_everywhere
from ivr.settings import shipped_dialplans

EVERY_VERB = Path(__file__).parent / "every-verb"
SHIPPED = sorted({path.parent.parent for path in shipped_dialplans().glob("*/tests/*.yaml")})
SAMPLED = 20
"""Awaits of each scenario of a shipped line."""


async def nothing_is_left(line: Path, how: How, most: int | None) -> None:
    endings = await hang_up_everywhere(line, how=how, most=most)
    assert endings.scenarios
    assert endings.endings > endings.scenarios
    assert not endings.left, "\n".join(map(str, endings.left))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("how", ["hang_up", "cancel"])
async def test_a_call_that_ends_anywhere_leaves_nothing_open(how: How) -> None:
    await nothing_is_left(EVERY_VERB, how, None)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("how", ["hang_up", "cancel"])
@pytest.mark.parametrize("line", SHIPPED, ids=lambda path: path.name)
async def test_a_call_of_a_shipped_line_leaves_nothing_open(line: Path, how: How) -> None:
    await nothing_is_left(line, how, SAMPLED)


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("how", ["hang_up", "cancel"])
@pytest.mark.parametrize("line", SHIPPED, ids=lambda path: path.name)
async def test_a_call_of_a_shipped_line_that_ends_anywhere_at_all_leaves_nothing_open(line: Path, how: How) -> None:
    await nothing_is_left(line, how, None)
