"""A big file over a line that breaks: it goes on where it was cut, and never becomes a mixture of two."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from range_server import RangeServer, range_server

from asr import model_download
from asr.model_download import FetchFailed, download

BODY = random.Random(1).randbytes(3_000_000)


@pytest.fixture
def server() -> Iterator[RangeServer]:
    with range_server() as server:
        yield server


class Waits:
    def __init__(self) -> None:
        self.waited: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.waited.append(seconds)


def test_a_file_comes_whole_and_its_progress_is_told(server: RangeServer, tmp_path: Path) -> None:
    server.serves("m.zip", BODY)
    told: list[tuple[int, int]] = []
    download(server.url("m.zip"), tmp_path / "m.zip", progress=lambda done, total: told.append((done, total)))
    assert (tmp_path / "m.zip").read_bytes() == BODY
    assert told[-1] == (len(BODY), len(BODY))
    assert [file.name for file in tmp_path.iterdir()] == ["m.zip"]


def test_a_connection_that_breaks_again_and_again_is_gone_on_with(server: RangeServer, tmp_path: Path) -> None:
    served = server.serves("m.zip", BODY)
    served.cuts = [500_000, 700_001, 1, 0, 900_000]
    waits = Waits()
    download(server.url("m.zip"), tmp_path / "m.zip", pause=waits)
    assert (tmp_path / "m.zip").read_bytes() == BODY
    assert served.asked[0] == ("", "")
    assert [asked for asked, _ in served.asked[1:3]] == ["bytes=500000-", "bytes=1200001-"]
    assert all(condition == served.etag for _, condition in served.asked[1:])
    assert max(waits.waited) <= 2.0


def test_what_another_run_left_is_gone_on_with(server: RangeServer, tmp_path: Path) -> None:
    served = server.serves("m.zip", BODY)
    served.cuts = [1_000_000, *[0] * 10]
    with pytest.raises(FetchFailed, match=r"1\.0 MB are kept"):
        download(server.url("m.zip"), tmp_path / "m.zip", pause=Waits())
    served.cuts, served.asked = [], []
    download(server.url("m.zip"), tmp_path / "m.zip")
    assert (tmp_path / "m.zip").read_bytes() == BODY
    assert served.asked == [("bytes=1000000-", served.etag)]


def test_a_file_that_was_published_anew_meanwhile_begins_anew(server: RangeServer, tmp_path: Path) -> None:
    served = server.serves("m.zip", BODY)
    served.cuts = [1_000_000, *[0] * 10]
    with pytest.raises(FetchFailed):
        download(server.url("m.zip"), tmp_path / "m.zip", pause=Waits())
    served.cuts, served.body = [], BODY[::-1]
    download(server.url("m.zip"), tmp_path / "m.zip")
    assert (tmp_path / "m.zip").read_bytes() == BODY[::-1]


def test_a_server_that_keeps_to_no_ranges_or_promises_nothing_is_asked_for_the_whole(
    server: RangeServer, tmp_path: Path
) -> None:
    for weak, ranges in ((True, True), (False, False)):
        served = server.serves("m.zip", BODY)
        served.weak, served.ranges, served.cuts = weak, ranges, [1_000_000]
        target = tmp_path / f"{weak}.zip"
        download(server.url("m.zip"), target, pause=Waits())
        assert target.read_bytes() == BODY


def test_all_of_it_was_there_already(server: RangeServer, tmp_path: Path) -> None:
    served = server.serves("m.zip", BODY)
    served.says_length = False
    served.cuts = [1_000_000]
    download(server.url("m.zip"), tmp_path / "short.zip")
    # Without a length nobody can tell that it was cut: the archive itself will.
    assert (tmp_path / "short.zip").stat().st_size == 1_000_000
    served = server.serves("n.zip", BODY)
    served.cuts = [len(BODY) - 1, *[0] * 10]
    with pytest.raises(FetchFailed):
        download(server.url("n.zip"), tmp_path / "n.zip", pause=Waits())
    with (tmp_path / "n.zip.part").open("ab") as part:
        part.write(BODY[-1:])
    served.cuts = []
    download(server.url("n.zip"), tmp_path / "n.zip")
    assert (tmp_path / "n.zip").read_bytes() == BODY


def test_a_part_longer_than_the_file_is_thrown_away(server: RangeServer, tmp_path: Path) -> None:
    served = server.serves("m.zip", BODY)
    served.cuts = [1000, *[0] * 10]
    with pytest.raises(FetchFailed):
        download(server.url("m.zip"), tmp_path / "m.zip", pause=Waits())
    served.cuts = []
    (tmp_path / "m.zip.part").write_bytes(BODY + b"more")
    download(server.url("m.zip"), tmp_path / "m.zip", pause=Waits())
    assert (tmp_path / "m.zip").read_bytes() == BODY


def test_a_busy_server_is_asked_again_with_longer_waits_and_not_for_ever(server: RangeServer, tmp_path: Path) -> None:
    served = server.serves("m.zip", BODY)
    served.refusals = [503, 429, 500]
    waits = Waits()
    download(server.url("m.zip"), tmp_path / "m.zip", pause=waits)
    assert waits.waited == [1.0, 2.0, 5.0]
    served.refusals = [503] * 20
    with pytest.raises(FetchFailed, match="answers 503"):
        download(server.url("m.zip"), tmp_path / "again.zip", pause=Waits())
    assert len(served.refusals) == 20 - 6


def test_a_file_that_is_not_there_says_what_to_do_at_once(server: RangeServer, tmp_path: Path) -> None:
    waits = Waits()
    with pytest.raises(FetchFailed, match=r"404 .*--from"):
        download(server.url("none.zip"), tmp_path / "m.zip", pause=waits)
    assert waits.waited == []


def test_without_a_network_it_says_so(tmp_path: Path) -> None:
    with range_server() as gone:
        url = gone.url("m.zip")
    with pytest.raises(FetchFailed, match="the network says"):
        download(url, tmp_path / "m.zip", pause=Waits())
    with pytest.raises(FetchFailed, match="only http"):
        download("file:///etc/passwd", tmp_path / "m.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_file_too_big_for_a_model_is_refused_before_it_comes(server: RangeServer, tmp_path: Path) -> None:
    served = server.serves("m.zip", BODY)
    with pytest.raises(FetchFailed, match="too much"):
        download(server.url("m.zip"), tmp_path / "m.zip", most_bytes=1_000_000)
    served.says_length = False
    with pytest.raises(FetchFailed, match="no end"):
        download(server.url("m.zip"), tmp_path / "m.zip", most_bytes=1_000_000)


def test_a_full_disk_is_told_before_it_is_full(
    server: RangeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.serves("m.zip", BODY)
    usage = model_download.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(model_download.shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(FetchFailed, match="is full"):
        download(server.url("m.zip"), tmp_path / "m.zip")
