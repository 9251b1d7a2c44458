"""Which mirror is taken from the machine's apt sources, and which error apt's words become."""

from pathlib import Path

import pytest

from ivr.debian import errors
from ivr.debian.apt import failure, mirrors
from ivr.debian.errors import DebianError
from ivr.debian.mirror import KEYRING, Mirror, Source, candidates, deb822, from_targets, one_line

NEW = """\
# the machine's own
Types: deb deb-src
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://switched-off.example/debian
Suites: bookworm
Components: main
"""


def uris(text: str, *, new: bool = False) -> list[str]:
    return [mirror.uri for mirror in candidates(deb822(text) if new else one_line(text))]


def test_the_debian_source_of_the_new_format_is_the_mirror() -> None:
    assert candidates(deb822(NEW)) == [Mirror("http://mirror.example/debian", KEYRING)]


def test_a_file_without_a_last_newline_and_with_continuation_lines_is_read() -> None:
    text = "Types: deb\nURIs:\n http://a.example/debian\n http://b.example/debian\nSuites: trixie\nComponents:\n main"
    assert uris(text, new=True) == ["http://a.example/debian", "http://b.example/debian"]


def test_an_inline_key_does_not_hide_the_entry() -> None:
    text = (
        "Types: deb\nURIs: http://a.example/debian\nSuites: sid\nComponents: main\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ==\n -----END PGP PUBLIC KEY BLOCK-----\n"
    )
    assert uris(text, new=True) == ["http://a.example/debian"]


@pytest.mark.parametrize(
    "line",
    [
        "deb http://mirror.example/debian bookworm main",
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian/ sid main",
        "  deb\thttp://mirror.example/debian/ stable contrib main # the near one",
    ],
)
def test_the_debian_source_of_the_old_format_is_the_mirror(line: str) -> None:
    assert uris(line) == ["http://mirror.example/debian"]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# deb http://mirror.example/debian bookworm main",
        "deb-src http://mirror.example/debian bookworm main",
        "deb http://mirror.example/debian-security bookworm-security main",
        "deb http://mirror.example/debian-security bookworm main",
        "deb https://docker.example/linux/debian bookworm stable",
        "deb [signed-by=/usr/share/keyrings/sury.gpg] https://php.example bookworm main",
        "deb https://postgres.example/apt bookworm-pgdg main",
        "deb http://ubuntu.example/ubuntu noble main",
        "deb cdrom:[Debian]/ bookworm main",
        "deb [arch=amd64 http://unclosed.example/debian bookworm main",
        "deb http://words.example",
        "deb",
        "\x00\xff nonsense",
    ],
)
def test_what_is_no_debian_mirror_is_left_out(line: str) -> None:
    assert uris(line) == []


def test_the_entry_that_names_debians_key_comes_before_a_bare_one() -> None:
    text = (
        "deb http://bare.example/packages bookworm main\n"
        "deb http://near.example/debian bookworm main\n"
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://signed.example/d bookworm main\n"
    )
    assert uris(text) == ["http://signed.example/d", "http://near.example/debian", "http://bare.example/packages"]


def test_apts_own_list_of_targets_is_understood() -> None:
    text = (
        "http://mirror.example/debian\tbookworm\tmain\tDebian\n"
        "http://other.example/apt\tbookworm\tmain\tSomebody\n"
        "http://fresh.example/debian\ttrixie\tmain\t$(ORIGIN)\n"
        "half a line\n"
    )
    assert from_targets(text) == [
        Source("http://mirror.example/debian", "bookworm", ("main",)),
        Source("http://fresh.example/debian", "trixie", ("main",)),
    ]


def test_files_are_read_like_apt_reads_them(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text("deb http://a.example/debian bookworm main\n")
    (parts / "b.list").write_bytes(b"# \xff\ndeb http://b.example/debian bookworm main\n")
    (parts / "c.sources").write_text(NEW)
    (parts / "d.list.disabled").write_text("deb http://d.example/debian bookworm main\n")
    (parts / "e.list").mkdir()
    assert [mirror.uri for mirror in mirrors(tmp_path)] == [
        "http://mirror.example/debian",
        "http://a.example/debian",
        "http://b.example/debian",
    ]
    assert mirrors(tmp_path / "nothing") == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Err:1 http://m/debian forky InRelease\n  Temporary failure resolving 'm'", errors.NoNetwork),
        ("  Could not connect to 127.0.0.1:1 (127.0.0.1). - connect (111: Connection refused)", errors.NoNetwork),
        ("  407  Proxy Authentication Required [IP: 10.0.0.1 3128]", errors.NoNetwork),
        ("  Certificate verification failed: The certificate is NOT trusted.", errors.NoNetwork),
        ("E: The repository 'http://m/debian sarge Release' does not have a Release file.", errors.NoSuchSuite),
        ("E: Unable to locate package asterisk", errors.NoSuchPackage),
        ("E: Package 'asterisk' has no installation candidate", errors.NoSuchPackage),
        ("  NO_PUBKEY 6ED0E7B82643E131", errors.ArchiveKeyMissing),
        (
            "  Sub-process /usr/bin/sqv returned an error code (1), error message is: Missing key",
            errors.ArchiveKeyMissing,
        ),
        ("E: gpgv, gpgv2 or gpgv1 required for verification, but neither seems installed", errors.NoDebianTools),
        (
            "E: Release file for http://m/dists/forky/InRelease is not valid yet (invalid for 3d)",
            errors.ArchiveOutOfDate,
        ),
        ("E: Release file for http://m is expired (invalid since 3d).", errors.ArchiveOutOfDate),
        ("E: Failed to fetch http://m/a.deb  Hash Sum mismatch", errors.ArchiveChanged),
        ("E: Failed to fetch http://m/a.deb  404  Not Found [IP: 127.0.0.1 80]", errors.ArchiveChanged),
        ("E: Unable to correct problems, you have held broken packages.", errors.PackagesDoNotFit),
        ("E: You don't have enough free space in /c/archives/.", errors.DiskFull),
        ("E: Write error - write (28: No space left on device)", errors.DiskFull),
        ("E: Could not open file /c/lists/x - open (13: Permission denied)", errors.CacheUnwritable),
        ("E: something nobody has seen", errors.AptFailed),
        ("", errors.AptFailed),
    ],
)
def test_apts_words_become_an_error_that_says_what_to_do(said: str, kind: type[DebianError]) -> None:
    error = failure(said, Mirror("http://m/debian"))
    assert type(error) is kind
    assert "http://m/debian" in str(error)
    assert said.strip() in str(error)


def test_every_error_speaks_for_itself() -> None:
    for kind in DebianError.__subclasses__():
        assert kind.__doc__
        assert str(kind()).endswith((".", "`."))
        assert "\n" not in str(kind())
        assert str(kind("facts")).endswith("\nfacts")
