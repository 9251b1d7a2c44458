"""A shelf from beginning to end with the real apt-get, on a small Debian archive that the tests make themselves.

What happens to a first start in the field happens here: it is broken off, two run at once, the disk is full, the
network is away, the archive is somebody else's or changes underneath.
"""

import hashlib
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from ivr.debian import Mirror, Shelf, errors, ready, shelf
from ivr.debian.place import DAY

needs_debian = pytest.mark.skipif(
    not all(shutil.which(name) for name in ("apt-get", "dpkg", "dpkg-deb", "tar")), reason="no Debian tools"
)
pytestmark = needs_debian

CHILD = """
import json, signal, sys
from pathlib import Path
from ivr.debian import DebianError, Mirror, shelf
cache, uri, packages = sys.argv[1], sys.argv[2], sys.argv[3:]
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
def hears(*heard):
    print(json.dumps(heard), flush=True)
try:
    print(json.dumps(["made", str(shelf("t", packages, cache=Path(cache), suite="forky", progress=hears,
                                        mirror=Mirror(uri, trusted=True)).root)]))
except DebianError as error:
    print(json.dumps([type(error).__name__, str(error)]))
"""


class Archive:
    """A Debian archive in a folder: packages are added, then it is published."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pool = root / "pool"
        self.pool.mkdir(parents=True)
        said = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
        self.architecture = said.stdout.strip()
        self.mirror = Mirror(f"file:{root}", trusted=True)
        self._packages: dict[str, str] = {}

    def add(
        self, name: str, version: str = "1.0-1", files: dict[str, bytes | Path] | None = None, **fields: str
    ) -> Path:
        """Build a package; a value of `files` is content, a file to copy, or a link's target after `-> `."""
        with tempfile.TemporaryDirectory() as folder:
            for path, content in (files or {f"usr/share/{name}/{name}": name.encode()}).items():
                place = Path(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                if isinstance(content, Path):
                    shutil.copy(content, place)
                elif content.startswith(b"-> "):
                    place.symlink_to(content[3:].decode())
                else:
                    place.write_bytes(content)
                    if path.startswith("usr/bin/"):
                        place.chmod(0o4755)
            control = {
                "Package": name,
                "Version": version,
                "Architecture": self.architecture,
                "Maintainer": "Nobody <nobody@example.invalid>",
                "Description": "made by a test",
            } | {field.replace("_", "-"): value for field, value in fields.items()}
            Path(folder, "DEBIAN").mkdir()
            Path(folder, "DEBIAN", "control").write_text("".join(f"{key}: {value}\n" for key, value in control.items()))
            file = self.pool / f"{name}_{version.replace(':', '%3a')}_{self.architecture}.deb"
            subprocess.run(
                ["dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "-b", folder, str(file)],
                capture_output=True,
                check=True,
            )
        self.index(name, file, control)
        return file

    def index(self, name: str, file: Path, control: dict[str, str]) -> None:
        content = file.read_bytes()
        entry = control | {
            "Filename": str(file.relative_to(self.root)),
            "Size": str(len(content)),
            "SHA256": hashlib.sha256(content).hexdigest(),
        }
        self._packages[name] = "".join(f"{key}: {value}\n" for key, value in entry.items())

    def publish(self, suite: str = "forky") -> Path:
        """Write the suite's index; the path of its Release file."""
        dists = self.root / "dists" / suite
        index = dists / "main" / f"binary-{self.architecture}" / "Packages"
        index.parent.mkdir(parents=True, exist_ok=True)
        index.write_text("\n".join(self._packages.values()))
        content = index.read_bytes()
        release = dists / "Release"
        release.write_text(
            f"Origin: Debian\nSuite: {suite}\nCodename: {suite}\nDate: {formatdate(usegmt=True)}\n"
            f"Architectures: {self.architecture}\nComponents: main\nSHA256:\n"
            f" {hashlib.sha256(content).hexdigest()} {len(content)} {index.relative_to(dists)}\n"
        )
        return release


def system_library(pattern: str) -> Path:
    """A library of the machine under its real name, as packages bring it."""
    for folder in ("/lib64", "/lib", "/usr/lib"):
        for found in sorted(Path(folder).rglob(pattern)):
            return found
    pytest.skip(f"no {pattern} on this machine")


@pytest.fixture(scope="session")
def base() -> dict[str, bytes | Path]:
    """A loader, a C library and programs: what a tiny Debian system is made of."""
    loader, library = system_library("ld-linux*.so.*"), system_library("libc.so.6")
    folder = f"usr/lib/{os.uname().machine}-linux-gnu"
    return {
        f"{folder}/{loader.name}": loader.resolve(),
        f"{folder}/libc.so.6": library.resolve(),
        "usr/bin/say": Path("/bin/echo").resolve(),
        "usr/bin/stay": Path("/bin/sleep").resolve(),
    }


@pytest.fixture
def archive(tmp_path: Path, base: dict[str, bytes | Path]) -> Archive:
    made = Archive(tmp_path / "archive")
    made.add("tool", "2:3.1+dfsg-2", base, Depends="tool-data (>= 1)")
    made.add(
        "tool-data",
        "1.5~rc1-1",
        {
            "usr/share/tool/words": b"words",
            "usr/share/doc/tool/README": b"papers",
            "usr/share/man/man1/tool.1": b"papers",
            "usr/bin/raised": b"#!/bin/sh\n",
            "usr/share/tool/link": b"-> /usr/share/tool/words",
            "usr/share/tool/elsewhere": b"-> /etc/hostname",
        },
    )
    made.publish()
    return made


def get(archive: Archive, cache: Path, *packages: str, **more: Any) -> Shelf:
    return shelf("t", packages or ("tool",), cache=cache, suite="forky", mirror=archive.mirror, **more)


def left(cache: Path) -> set[str]:
    """The trees there are, half-made ones included."""
    return {tree.name for tree in cache.glob("debian/t/trees/*")}


def child(cache: Path, uri: str, *packages: str, before: Sequence[str] = ()) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*before, sys.executable, "-c", CHILD, str(cache), uri, *packages],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def heard(process: "subprocess.Popen[str]") -> list[list[Any]]:
    out, err = process.communicate(timeout=60)
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def test_its_programs_run_with_its_own_loader_and_libraries(archive: Archive, tmp_path: Path) -> None:
    stages: list[tuple[str, int, int]] = []
    made = get(archive, tmp_path / "cache", progress=lambda *step: stages.append(step))
    said = subprocess.run(made.argv("say", "привет"), capture_output=True, text=True, check=True, env={})
    assert said.stdout == "привет\n"
    assert made.version("tool") == "2:3.1+dfsg-2"
    assert made.version("tool-data") == "1.5~rc1-1", "what it depends on came with it"
    assert made.root.name.startswith("forky-3.1-")
    assert list(dict.fromkeys(stage for stage, _, _ in stages)) == ["index", "fetch", "unpack", "ready"]
    assert all(0 <= done <= total for _, done, total in stages)
    with pytest.raises(errors.ProgramMissing, match="shout"):
        made.argv("shout")
    with pytest.raises(errors.ProgramMissing, match="tool-doc"):
        made.version("tool-doc")


def test_papers_raised_rights_and_links_out_of_the_tree_do_not_come_along(archive: Archive, tmp_path: Path) -> None:
    root = get(archive, tmp_path / "cache").root
    assert not list(root.glob("usr/share/doc/*"))
    assert not list(root.glob("usr/share/man/*"))
    assert (root / "usr/bin/raised").stat().st_mode & 0o7777 == 0o755
    assert os.readlink(root / "usr/share/tool/link") == "words"
    assert os.readlink(root / "usr/share/tool/elsewhere") == "/etc/hostname"


def test_a_later_start_needs_no_apt_no_network_and_no_time(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = get(archive, tmp_path / "cache")
    shutil.rmtree(archive.root)
    monkeypatch.setenv("PATH", str(tmp_path))
    before = time.perf_counter()
    assert get(archive, tmp_path / "cache") == made
    assert time.perf_counter() - before < 0.05
    assert ready("t", ("tool",), cache=tmp_path / "cache", suite="forky") == made
    assert ready("t", ("tool",), cache=tmp_path / "cache", suite="sid") is None
    assert ready("t", ("tool", "other"), cache=tmp_path / "cache", suite="forky") is None
    assert list((tmp_path / "cache/debian/t/work").iterdir()) == [], "fetched packages are not kept"


def test_renewing_brings_newer_packages_and_keeps_the_old_tree_for_who_still_runs_from_it(
    archive: Archive, tmp_path: Path, base: dict[str, bytes | Path]
) -> None:
    cache = tmp_path / "cache"
    old = get(archive, cache)
    assert get(archive, cache, renew=True) == old, "nothing is newer"
    archive.add("tool", "2:3.2-1", base, Depends="tool-data")
    archive.publish()
    assert get(archive, cache) == old, "nobody asked for newer ones"
    with subprocess.Popen(old.argv("stay", "60"), env={}) as running:
        try:
            new = get(archive, cache, renew=True)
            assert new.version("tool") == "2:3.2-1"
            assert get(archive, cache) == new
            assert left(cache) == {old.root.name, new.root.name}
            age(old)
            get(archive, cache, "tool-data", "tool", renew=True)
            assert left(cache) == {old.root.name, new.root.name}, "a process still runs from the old one"
        finally:
            running.kill()
    get(archive, cache, "tool", "tool-data", renew=True)
    assert left(cache) == {new.root.name}


def age(replaced: Shelf) -> None:
    long_ago = time.time() - 2 * DAY
    os.utime(replaced.root / ".replaced", (long_ago, long_ago))


def test_a_tree_that_is_there_but_not_pointed_at_is_not_fetched_again(archive: Archive, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    made = get(archive, cache)
    for pointer in cache.glob("debian/t/*.json"):
        pointer.write_text("{half a poin")
    assert ready("t", ("tool",), cache=cache, suite="forky") is None
    shutil.rmtree(archive.pool)
    assert get(archive, cache) == made


def test_a_tree_that_somebody_has_emptied_is_made_anew(archive: Archive, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    made = get(archive, cache)
    shutil.rmtree(made.root / "usr/lib")
    again = get(archive, cache)
    assert again == made
    assert subprocess.run(again.argv("say"), check=False).returncode == 0


def test_no_network_is_told_and_nothing_is_left(archive: Archive, tmp_path: Path) -> None:
    away = Mirror("http://127.0.0.1:9/debian", trusted=True)
    with pytest.raises(errors.NoNetwork, match=r"http://127\.0\.0\.1:9/debian"):
        shelf("t", ("tool",), cache=tmp_path / "cache", suite="forky", mirror=away)
    assert left(tmp_path / "cache") == set()
    assert get(archive, tmp_path / "cache").program("say").exists(), "the next start succeeds"


def test_an_unknown_suite_is_told(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(errors.NoSuchSuite):
        shelf("t", ("tool",), cache=tmp_path / "cache", suite="sarge", mirror=archive.mirror)


@pytest.mark.parametrize("suite", ["", "../../etc", "forky main\nTrusted: yes", "-o", "лес"])
def test_what_can_be_no_suite_never_reaches_apt(archive: Archive, tmp_path: Path, suite: str) -> None:
    with pytest.raises(errors.NoSuchSuite):
        shelf("t", ("tool",), cache=tmp_path / "cache", suite=suite, mirror=archive.mirror)
    assert not (tmp_path / "cache").exists()


def test_an_unknown_package_is_told_by_name(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(errors.NoSuchPackage, match="astrisk"):
        get(archive, tmp_path / "cache", "astrisk")


@pytest.mark.parametrize("package", ["", "-o", "tool=1", "tool-", "tool/sid", "./x.deb", "to.*l"])
def test_what_can_be_no_package_never_reaches_apt(archive: Archive, tmp_path: Path, package: str) -> None:
    with pytest.raises(errors.NoSuchPackage):
        get(archive, tmp_path / "cache", package)


def test_packages_that_do_not_fit_together_are_told(archive: Archive, tmp_path: Path) -> None:
    archive.add("lonely", Depends="nobody-at-all (>= 7)")
    archive.publish()
    with pytest.raises(errors.PackagesDoNotFit, match="nobody-at-all"):
        get(archive, tmp_path / "cache", "lonely")


def test_a_missing_key_names_the_package_that_brings_it(archive: Archive, tmp_path: Path) -> None:
    unproven = Mirror(archive.mirror.uri, tmp_path / "no-such-keyring.gpg")
    with pytest.raises(errors.ArchiveKeyMissing, match=r"(?s)apt-get install debian-archive-keyring.*no-such-keyring"):
        shelf("t", ("tool",), cache=tmp_path / "cache", suite="forky", mirror=unproven)


@pytest.fixture
def keys() -> Iterator[dict[str, Path]]:
    """Two throw-away keys in a folder with a short path (gpg-agent's socket is there)."""
    if shutil.which("gpg") is None:
        pytest.skip("no gpg")
    home = Path(tempfile.mkdtemp(prefix="key"))
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    made = {}
    try:
        for name in ("ours", "theirs"):
            subprocess.run([*gpg, "--quick-gen-key", name, "rsa3072", "sign", "never"], capture_output=True, check=True)
            exported = subprocess.run([*gpg, "--export", name], capture_output=True, check=True)
            made[name] = home / f"{name}.gpg"
            made[name].write_bytes(exported.stdout)
        yield made
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)


def test_an_archive_is_believed_only_with_a_signature_of_its_key(
    archive: Archive, tmp_path: Path, keys: dict[str, Path]
) -> None:
    release = archive.publish()
    uri = archive.mirror.uri
    ours, theirs = Mirror(uri, keys["ours"]), Mirror(uri, keys["theirs"])
    with pytest.raises(errors.ArchiveKeyMissing):  # not signed at all
        shelf("t", ("tool",), cache=tmp_path / "cache", suite="forky", mirror=ours)
    home = str(keys["ours"].parent)
    subprocess.run(
        [
            *("gpg", "--homedir", home, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""),
            *("-u", "ours", "--clearsign", "-o", str(release.with_name("InRelease")), str(release)),
        ],
        capture_output=True,
        check=True,
    )
    with pytest.raises(errors.ArchiveKeyMissing):
        shelf("t", ("tool",), cache=tmp_path / "cache", suite="forky", mirror=theirs)
    assert left(tmp_path / "cache") == set()
    assert shelf("t", ("tool",), cache=tmp_path / "cache", suite="forky", mirror=ours).version("tool")


def test_a_package_that_is_not_what_the_index_says_is_refused(archive: Archive, tmp_path: Path) -> None:
    for file in archive.pool.glob("tool-data_*"):
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
    with pytest.raises(errors.ArchiveChanged):
        get(archive, tmp_path / "cache")
    assert left(tmp_path / "cache") == set()


def test_a_package_that_cannot_be_opened_is_thrown_away(archive: Archive, tmp_path: Path) -> None:
    file = archive.pool / f"broken_1_{archive.architecture}.deb"
    file.write_bytes(b"!<arch>\nnot really")
    archive.index("broken", file, {"Package": "broken", "Version": "1", "Architecture": archive.architecture})
    archive.publish()
    with pytest.raises(errors.PackageBroken, match="broken_1"):
        get(archive, tmp_path / "cache", "tool", "broken")
    assert left(tmp_path / "cache") == set()
    assert not list((tmp_path / "cache").rglob("broken_1_*"))


def test_without_debians_tools_the_way_out_is_told(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(errors.NoDebianTools, match=r"missing: (apt-get|dpkg)"):
        get(archive, tmp_path / "cache")


def test_a_cache_that_cannot_be_a_folder_is_told(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(errors.CacheUnwritable, match="cache"):
        get(archive, tmp_path / "cache")


class Server:
    """The archive over HTTP with ranges; it can stop in the middle of one file until it is released."""

    def __init__(self, root: Path) -> None:
        self.asked: list[tuple[str, int]] = []
        self.halt = ""
        self.halted = threading.Event()
        self.released = threading.Event()
        owner = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                file = root / unquote(self.path).lstrip("/")
                if not file.is_file():
                    self.send_error(404)
                    return
                content = file.read_bytes()
                wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
                start = int(wanted[1]) if wanted else 0
                owner.asked.append((file.name, start))
                self.send_response(206 if wanted else 200)
                self.send_header("Content-Length", str(len(content) - start))
                self.send_header("Last-Modified", formatdate(file.stat().st_mtime, usegmt=True))
                if wanted:
                    self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
                self.end_headers()
                if owner.halt and file.name.startswith(owner.halt) and not owner.released.is_set():
                    half = start + (len(content) - start) // 2
                    self.wfile.write(content[start:half])
                    self.wfile.flush()
                    start = half
                    owner.halted.set()
                    owner.released.wait(60)
                self.wfile.write(content[start:])

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass  # a client that was killed is what the tests are about

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server(archive: Archive) -> Iterator[Server]:
    archive.add("big", files={"usr/share/big": os.urandom(3_000_000)}, Depends="tool")
    archive.publish()
    made = Server(archive.root)
    yield made
    made.close()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_fetch_that_is_broken_off_is_resumed_where_it_stopped(
    server: Server, tmp_path: Path, end: signal.Signals
) -> None:
    cache = tmp_path / "cache"
    server.halt = "big_"
    process = child(cache, server.uri, "big")
    assert server.halted.wait(30)
    partial = next(iter(wait_for(lambda: [p for p in cache.rglob("partial/big_*") if p.stat().st_size > 500_000])))
    process.send_signal(end)
    process.communicate(timeout=20)
    assert left(cache) == set()
    assert partial.exists()
    server.released.set()
    started = time.monotonic()
    assert heard(child(cache, server.uri, "big"))[-1][0] == "made"
    assert time.monotonic() - started < 15, "an apt of the first start still held the lock"
    assert [start for name, start in server.asked if name.startswith("big_")][-1] > 500_000
    assert len(left(cache)) == 1


def test_two_starts_at_once_fetch_once_and_both_get_the_shelf(server: Server, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    server.halt = "big_"
    first = child(cache, server.uri, "big")
    assert server.halted.wait(30)
    second = child(cache, server.uri, "big")
    assert second.stdout is not None
    assert json.loads(second.stdout.readline()) == ["wait", 0, 0], "it says that it waits"
    server.released.set()
    firsts, seconds = heard(first), heard(second)
    assert firsts[-1] == seconds[-1]
    assert firsts[-1][0] == "made"
    assert {stage for stage, *_ in seconds} == {"made"}, "the second fetches nothing"
    names = [name for name, _ in server.asked if name.endswith(".deb")]
    assert len(names) == len(set(names)) == 3


def test_a_start_killed_while_unpacking_leaves_no_shelf_and_the_next_one_is_whole(
    server: Server, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    process = child(cache, server.uri, "big")
    wait_for(lambda: [name for name in left(cache) if name.startswith(".new-")] or not process_lives(process))
    process.kill()
    process.communicate(timeout=20)
    made = heard(child(cache, server.uri, "big"))[-1]
    assert made[0] == "made"
    assert left(cache) == {Path(made[1]).name}


def process_lives(process: "subprocess.Popen[str]") -> bool:
    return process.poll() is None


def wait_for(look: Any, seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.002)
    pytest.fail("it did not happen in time")


@pytest.fixture
def small_disk(tmp_path: Path) -> list[str]:
    """The start of a command line that sees `tmp_path/cache` as a disk of 72 MB, which vanishes with it."""
    folder = tmp_path / "cache"
    folder.mkdir()
    command = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c"]
    mount = f'mount -t tmpfs -o size=72m tmpfs "{folder}" && exec "$@"'
    tried = subprocess.run([*command, mount, "sh", "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("no disk can be mounted here")
    return [*command, mount, "sh"]


def test_too_small_a_disk_is_told_before_anything_is_fetched(
    archive: Archive, tmp_path: Path, small_disk: list[str]
) -> None:
    archive.add("huge", Installed_Size="900000", Depends="tool")
    archive.publish()
    told = heard(child(tmp_path / "cache", archive.mirror.uri, "huge", before=small_disk))
    assert told[-1][0] == "DiskFull"
    assert re.search(r"7\d MB are free, 9\d\d MB are needed", told[-1][1])
    assert {stage for stage, *_ in told[:-1]} == {"index"}


def test_a_disk_that_fills_up_while_unpacking_is_told_and_left_as_it_was(
    archive: Archive, tmp_path: Path, small_disk: list[str]
) -> None:
    archive.add("liar", files={"usr/share/zeros": bytes(90_000_000)}, Installed_Size="1", Depends="tool")
    archive.publish()
    after = f'"$@"; echo; find "{tmp_path}/cache/debian/t/trees" -mindepth 1'
    process = child(tmp_path / "cache", archive.mirror.uri, "liar", before=[*small_disk, "sh", "-c", after, "sh"])
    out, _ = process.communicate(timeout=60)
    told, _, trees = out.partition("\n\n")
    name, text = json.loads(told.splitlines()[-1])
    assert name == "DiskFull"
    assert "liar_" in text
    assert trees == "", "something was left half unpacked"


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can become somebody else")
def test_it_needs_no_root(archive: Archive, base: dict[str, bytes | Path]) -> None:
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    newest = "import sys; sys.exit(sys.version_info < (3, 11))"
    if python is None or subprocess.run([python, "-c", newest], check=False).returncode != 0:
        pytest.skip("no Python that everybody may run")
    with tempfile.TemporaryDirectory() as folder:
        # Copies that everybody may read: the test's own folders and the checkout may be root's alone.
        place = Path(folder)
        place.chmod(0o755)
        shutil.copytree(archive.root, place / "archive")
        source = Path(errors.__file__).parent
        shutil.copytree(source, place / "lib" / "ivr" / "debian", ignore=shutil.ignore_patterns("__pycache__"))
        (place / "lib" / "ivr" / "__init__.py").touch()
        (place / "cache").mkdir()
        os.chown(place / "cache", 65534, 65534)
        told = subprocess.run(
            [
                *("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", python, "-B", "-c", CHILD),
                *(str(place / "cache"), f"file:{place}/archive", "tool"),
            ],
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(place / "lib")},
            cwd="/",
            check=False,
        )
        assert told.stderr == ""
        assert json.loads(told.stdout.splitlines()[-1])[0] == "made"
