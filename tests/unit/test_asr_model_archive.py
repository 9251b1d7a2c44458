"""Archives that came from outside: what is fit is unpacked, what lies or leads out of its folder is refused."""

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from asr.model_archive import ArchiveUnfit, unpack

FILES = {"model-ru/am/final.mdl": b"net" * 1000, "model-ru/conf/mfcc.conf": b"--a=b\n", "./model-ru/README": b""}


def zipped(file: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return file


def tarred(file: Path, members: dict[str, bytes], mode: str = "w:bz2") -> Path:
    with tarfile.open(file, mode) as archive:  # type: ignore[call-overload]
        for name, body in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return file


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("kind", ["zip", "w:", "w:gz", "w:bz2", "w:xz"])
def test_archives_of_every_kind_are_unpacked(tmp_path: Path, into: Path, kind: str) -> None:
    file = tmp_path / "archive"
    told: list[int] = []
    unpack(
        zipped(file, FILES) if kind == "zip" else tarred(file, FILES, kind), into, progress=lambda d, t: told.append(d)
    )
    assert files(into) == {str(Path(name)): body for name, body in FILES.items()}
    assert told[-1] == 3006


@pytest.mark.parametrize("name", ["../out", "a/../../out", "/out", "C:\\out", "a\\..\\..\\out", ".."])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, into: Path, name: str) -> None:
    for archive in (zipped(tmp_path / "a.zip", {name: b"x"}), tarred(tmp_path / "a.tar", {name: b"x"})):
        with pytest.raises(ArchiveUnfit, match="leads out"):
            unpack(archive, into)
    assert files(into) == {}
    assert not (tmp_path / "out").exists()


def test_links_and_devices_are_refused(tmp_path: Path, into: Path) -> None:
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
        with tarfile.open(tmp_path / "a.tar", "w") as archive:
            info = tarfile.TarInfo("model/link")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        with pytest.raises(ArchiveUnfit, match="no plain file"):
            unpack(tmp_path / "a.tar", into)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped_:
        link = zipfile.ZipInfo("model/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped_.writestr(link, "/etc/passwd")
    with pytest.raises(ArchiveUnfit, match="no plain file"):
        unpack(tmp_path / "a.zip", into)


def test_a_bomb_is_refused_whether_it_tells_its_size_or_not(tmp_path: Path, into: Path) -> None:
    bomb = {"model/zeros": bytes(2_000_000)}
    with pytest.raises(ArchiveUnfit, match="too much"):
        unpack(zipped(tmp_path / "a.zip", bomb), into, most_bytes=1_000_000)
    with pytest.raises(ArchiveUnfit, match="come out of it"):
        unpack(tarred(tmp_path / "a.tar", bomb), into, most_bytes=1_000_000)
    many = {f"model/{number}": b"" for number in range(20)}
    for at, archive in enumerate((zipped(tmp_path / "m.zip", many), tarred(tmp_path / "m.tar", many))):
        (into / str(at)).mkdir()
        with pytest.raises(ArchiveUnfit, match="more than 10 files"):
            unpack(archive, into / str(at), most_files=10)


def test_a_size_that_lies_is_found_out(tmp_path: Path, into: Path) -> None:
    file = zipped(tmp_path / "a.zip", {"model/zeros": bytes(500_000)})
    body = bytearray(file.read_bytes())
    at = body.rindex(b"PK\x01\x02") + 24
    body[at : at + 4] = (10).to_bytes(4, "little")
    file.write_bytes(body)
    with pytest.raises(ArchiveUnfit, match="damaged"):
        unpack(file, into)


def test_what_is_cut_short_or_no_archive_is_refused(tmp_path: Path, into: Path) -> None:
    for make in (zipped, tarred):
        whole = make(tmp_path / "whole", {"model/a": bytes(range(256)) * 500}).read_bytes()
        for part in (whole[: len(whole) * 2 // 3], b"", b"<html>404</html>"):
            (tmp_path / "cut").write_bytes(part)
            with pytest.raises(ArchiveUnfit):
                unpack(tmp_path / "cut", into)


def test_one_file_twice_and_a_file_below_a_file_are_refused(tmp_path: Path, into: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
        archive.addfile(tarfile.TarInfo("a"))
    with pytest.raises(ArchiveUnfit, match="in the place of"):
        unpack(tmp_path / "a.tar", into)
    with pytest.raises(ArchiveUnfit, match="in the place of"):
        unpack(zipped(tmp_path / "b.zip", {"b": b"", "b/c": b""}), into)
