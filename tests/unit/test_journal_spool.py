"""What the spool gives back is what was put into it, in that order, whatever became of the file meanwhile."""

import os
import random
from itertools import accumulate, takewhile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ivr.journal.spool import Spool, SpoolError, packed, unpacked

MEGABYTE = 1 << 20
SEED = 0x5EED

records = some.lists(some.binary(min_size=1, max_size=60), max_size=12)


def every(data: bytes, chain: int = 0) -> tuple[bytes, ...]:
    return unpacked(data, 0, chain, SEED, 1000).records


def is_part_of(found: tuple[bytes, ...], written: list[bytes]) -> bool:
    """Whether these are some of what was written, in the order it was written in."""
    left = iter(written)
    return all(record in left for record in found)


@given(records, some.integers(0, 2**32 - 1))
def test_what_was_written_is_read(written: list[bytes], chain: int) -> None:
    data, after = packed(written, chain, SEED)
    read = unpacked(data, 0, chain, SEED, 1000)
    assert (list(read.records), read.at, read.chain, read.damaged) == (written, len(data), after, 0)


@given(records, some.integers(0, 10_000), some.binary(max_size=200))
def test_a_tail_cut_anywhere_and_followed_by_anything_ends_the_reading(
    written: list[bytes], cut: int, rest: bytes
) -> None:
    data, _ = packed(written, 0, SEED)
    tampered = data[:cut] + rest
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(data, tampered, strict=False)))
    ends = accumulate(8 + len(record) for record in written)
    assert list(every(tampered)) == written[: sum(1 for end in ends if end <= same)]


@given(records, some.data())
def test_a_flipped_bit_costs_one_record_or_all_that_follow_and_makes_up_none(
    written: list[bytes], draw: some.DataObject
) -> None:
    data = bytearray(packed(written, 0, SEED)[0] + b"\0" * 64)
    at = draw.draw(some.integers(0, len(data) - 1))
    data[at] ^= 1 << draw.draw(some.integers(0, 7))
    found = every(bytes(data))
    assert is_part_of(found, written)
    place = 0
    for number, record in enumerate(written):
        place += 8 + len(record)
        if place > at:
            assert list(found[:number]) == written[:number]
            break


@given(some.binary(max_size=500), some.integers(0, 2**32 - 1))
def test_of_any_bytes_nothing_is_made_up(data: bytes, chain: int) -> None:
    assert every(data, chain) == ()


@given(records, records)
def test_what_an_earlier_use_left_never_follows_what_is_new(old: list[bytes], new: list[bytes]) -> None:
    fresh, _ = packed(new, 0, SEED)
    stale, _ = packed(old, 0, 77)
    assert list(every(fresh + stale[len(fresh) :])) == new


def test_a_damaged_record_is_passed_over_when_those_behind_it_are_whole() -> None:
    data = bytearray(packed([b"one", b"two", b"three", b"four"], 0, SEED)[0])
    data[data.index(b"two")] ^= 0xFF
    read = unpacked(bytes(data), 0, 0, SEED, 100)
    assert (read.records, read.damaged) == ((b"one", b"three", b"four"), 1)


def test_a_damaged_checksum_costs_nothing_while_another_record_vouches_for_the_bytes() -> None:
    data = bytearray(packed([b"one", b"two", b"three"], 0, SEED)[0])
    data[data.index(b"two") - 1] ^= 0xFF
    assert every(bytes(data)) == (b"one", b"two", b"three")


# -- the file ----------------------------------------------------------------------------------------------------------


def held(spool: Spool) -> list[bytes]:
    found: list[bytes] = []
    while spool.held:
        read = spool.peek(7)
        found += read.records
        spool.drop(read)
    return found


def test_the_file_is_there_in_its_full_size_before_it_is_needed(tmp_path: Path) -> None:
    spool = Spool.open(tmp_path / "spool" / "journal", MEGABYTE)
    taken = os.stat(spool.path)
    assert (taken.st_size, taken.st_blocks * 512 >= MEGABYTE, taken.st_mode & 0o777) == (MEGABYTE, True, 0o600)
    assert os.stat(spool.path.parent).st_mode & 0o777 == 0o700
    spool.close()


def test_what_a_process_left_is_found_by_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    spool = Spool.open(path, MEGABYTE)
    written = [b"%d" % number for number in range(20_000)]
    assert spool.append(written) == len(written)
    spool.drop(spool.peek(5))
    spool.close()
    again = Spool.open(path, MEGABYTE)
    assert again.held == len(written)  # what was let go of is not written down: it is harmless to see it twice
    assert again.append([b"new"]) == 1
    assert held(again) == [*written, b"new"]
    assert (again.held, again.damaged) == (0, 0)
    again.close()
    last = Spool.open(path, MEGABYTE)
    assert last.held == 0
    last.close()


def test_a_full_spool_takes_what_fits_and_is_as_good_as_new_when_it_was_read_out(tmp_path: Path) -> None:
    spool = Spool.open(tmp_path / "journal", 10_000)
    assert spool.append([b"x" * 992] * 20) == 9
    assert spool.append([b"x" * 992]) == 0
    assert len(held(spool)) == 9
    assert spool.append([b"y" * 992] * 20) == 9
    assert set(held(spool)) == {b"y" * 992}
    spool.close()


def test_a_record_longer_than_a_reading_is_read_whole(tmp_path: Path) -> None:
    spool = Spool.open(tmp_path / "journal", 8 * MEGABYTE)
    written = [b"a", b"b" * (3 * MEGABYTE), b"c"]
    assert spool.append(written) == 3
    spool.close()
    spool = Spool.open(tmp_path / "journal", 8 * MEGABYTE)
    assert held(spool) == written
    spool.close()


@pytest.mark.parametrize("size", [200, 300_000])
def test_a_spool_of_another_size_than_is_set_now_keeps_what_it_holds(tmp_path: Path, size: int) -> None:
    spool = Spool.open(tmp_path / "journal", 100_000)
    spool.append([b"x" * 100] * 50)
    spool.close()
    spool = Spool.open(tmp_path / "journal", size)
    assert held(spool) == [b"x" * 100] * 50
    spool.close()
    spool = Spool.open(tmp_path / "journal", size)
    assert os.stat(spool.path).st_size == size
    spool.close()


def test_two_processes_do_not_share_a_spool(tmp_path: Path) -> None:
    spool = Spool.open(tmp_path / "journal", MEGABYTE)
    with pytest.raises(SpoolError, match="another process"):
        Spool.open(tmp_path / "journal", MEGABYTE)
    spool.close()


def test_where_no_file_can_be_made_the_admin_is_told_where_and_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match=r"file/journal: cannot open"):
        Spool.open(tmp_path / "file" / "journal", MEGABYTE)


def test_a_file_that_is_no_spool_is_set_aside_and_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"somebody's letter")
    spool = Spool.open(path, MEGABYTE)
    assert (spool.held, spool.damaged) == (0, 1)
    spool.append([b"one"])
    assert held(spool) == [b"one"]
    spool.close()
    (kept,) = tmp_path.glob("journal.damaged-*")
    assert kept.read_bytes() == b"somebody's letter"


def test_a_spool_whose_beginning_is_damaged_gives_back_what_stands_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    spool = Spool.open(path, MEGABYTE)
    spool.append([b"one", b"two"])
    spool.close()
    with path.open("r+b") as file:
        file.seek(12)
        file.write(b"?")
    spool = Spool.open(path, MEGABYTE)
    assert held(spool) == [b"one", b"two"]
    spool.close()


@pytest.mark.parametrize("seed", range(30))
def test_whatever_becomes_of_the_file_it_opens_and_makes_up_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "journal"
    spool = Spool.open(path, 20_000)
    written = [b"%d:" % number + chance.randbytes(chance.randrange(80)) for number in range(100)]
    spool.append(written)
    spool.close()
    data = bytearray(path.read_bytes())
    for _ in range(chance.randrange(1, 6)):
        start = chance.randrange(len(data) // (1 if seed % 3 else 10))
        data[start : start + chance.randrange(40)] = chance.randbytes(chance.randrange(40))
    path.write_bytes(data[: chance.randrange(len(data))] if seed % 2 else data)
    spool = Spool.open(path, 20_000)
    assert is_part_of(tuple(held(spool)), written)
    assert spool.append([b"new"]) == 1
    assert held(spool) == [b"new"]
    spool.close()
