"""Who is with whom, whatever Asterisk tells in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from asterisk.bridges import Bridges, Inside, operator_of

CHANNELS = {f"u{place}": f"PJSIP/{name}-0000000{place}" for place, name in enumerate(("7", "101", "101", "102", "103"))}
CHANNELS |= {"l1": "Local/x@cb-0000000f;1", "l2": "Local/x@cb-0000000f;2"}
MOVES = st.lists(st.tuples(st.sampled_from(list(CHANNELS)), st.sampled_from(["b1", "b2", "b3", None])), max_size=40)


@given(MOVES)
def test_everybody_is_where_they_went_last(moves: list[tuple[str, str | None]]) -> None:
    bridges, where = Bridges(), dict[str, str]()
    for uniqueid, bridge in moves:
        if bridge is None:
            bridges.leave(uniqueid)
            where.pop(uniqueid, None)
        else:
            bridges.enter(uniqueid, Inside(CHANNELS[uniqueid], "linked"), bridge, "basic")
            where[uniqueid] = bridge
    joined = {where["l1"], where["l2"]} if {"l1", "l2"} <= where.keys() else set()
    for uniqueid, bridge in where.items():
        around = joined if bridge in joined else {bridge}
        others = {
            operator_of(CHANNELS[other])
            for other, there in where.items()
            if there in around and other != uniqueid and not other.startswith("l")
        }
        together = bridges.together(uniqueid)
        assert bridges.of(uniqueid) == bridge
        assert set(together.others if together else ()) == others
    talks = [talk for operator in ("7", "101", "102", "103") for talk in bridges.talks_of(operator)]
    assert all(talk.others and talk.bridge in where.values() for talk in talks)
    for uniqueid in list(where):
        bridges.leave(uniqueid)
    assert bridges.inside("b1", "b2", "b3") == []


def test_who_has_left_for_another_bridge_does_not_leave_that_one() -> None:
    bridges = Bridges()
    bridges.enter("u1", Inside(CHANNELS["u1"], "linked"), "b2", "basic")
    assert bridges.leave("u1", "b1") is None
    assert bridges.leave("u1", "b2") == "b2"
    assert bridges.leave("u1") is None
