"""A hang-up, and a stop of the service, at every await of every scenario: no task, no open call, no complaint."""

from pathlib import Path

import pytest

from ivr.call.rehearsal.hang_up import How, hang_up_everywhere
from ivr.settings import shipped_dialplans

EVERY_VERB = Path(__file__).parent / "every-verb"
LINES = [EVERY_VERB, *sorted({path.parent.parent for path in shipped_dialplans().glob("*/tests/*.yaml")})]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("how", ["hang_up", "cancel"])
@pytest.mark.parametrize("line", LINES, ids=lambda path: path.name)
async def test_a_call_that_ends_anywhere_leaves_nothing_open(line: Path, how: How) -> None:
    endings = await hang_up_everywhere(line, how=how)
    assert endings.scenarios
    assert endings.endings > endings.scenarios
    assert not endings.left, "\n".join(map(str, endings.left))
