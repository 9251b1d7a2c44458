"""Debian packages into a plain folder, without root and without their papers.

`dpkg-deb` opens a package, `tar` lays it out; documentation, manuals and translations never touch the disk, owners and
set-user-id bits are not kept.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ivr.debian.apt import tool
from ivr.debian.errors import DiskFull, PackageBroken

LEFT_OUT = (
    "usr/share/doc/*",
    "usr/share/man/*",
    "usr/share/info/*",
    "usr/share/locale/*",
    "usr/share/lintian/*",
    "usr/share/bug/*",
    "usr/share/bash-completion/*",
    "usr/share/perl/*",
    "usr/share/perl5/*",
    "usr/lib/*/perl/*",
    "usr/lib/*/perl-base/*",
    "usr/lib/gnupg/*",
    "usr/share/misc/pci.ids*",
    "usr/share/snmp/*",
    "usr/lib/systemd/*",
    "lib/systemd/*",
)
"""Patterns of paths that no program of a shelf reads (Perl comes in only by way of packages' own scripts)."""


def relink(root: Path) -> None:
    """Turn links to absolute paths into links within the tree, where their target is there."""
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            link = Path(folder, name)
            if not link.is_symlink():
                continue
            target = os.readlink(link)
            inside = root / target.lstrip("/")
            if target.startswith("/") and os.path.lexists(inside):
                link.unlink()
                link.symlink_to(os.path.relpath(inside, folder))


def unpack(package: Path, root: Path, keep: Sequence[int] = ()) -> None:
    """Lay the files of one package out below `root`; `keep` are descriptors that the work holds open too."""
    exclude = [f"--exclude=./{pattern}" for pattern in LEFT_OUT]
    environment = dict(os.environ, LC_ALL="C")
    laying = [tool("tar"), "-x", "--no-same-owner", "--no-same-permissions", "--wildcards", *exclude, "-C", str(root)]
    with subprocess.Popen(
        [tool("dpkg-deb"), "--fsys-tarfile", str(package)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        pass_fds=tuple(keep),
    ) as opening:
        assert opening.stdout is not None
        assert opening.stderr is not None
        laid = subprocess.run(
            laying, stdin=opening.stdout, stderr=subprocess.PIPE, env=environment, pass_fds=tuple(keep), check=False
        )
        opening.stdout.close()  # a tar that gave up must not leave dpkg-deb writing for ever
        said = (opening.stderr.read() + laid.stderr).decode("utf-8", "replace").strip()
    if opening.returncode == 0 and laid.returncode == 0:
        return
    lines = "\n".join(said.splitlines()[-6:])
    # tar tells of a full disk by "Wrote only 4096 of 10240 bytes", or by the system's own words.
    if re.search(r"No space left on device|[Qq]uota exceeded|Wrote only \d+ of \d+ bytes", said):
        raise DiskFull(f"unpacking {package.name} into {root}\n{lines}")
    raise PackageBroken(f"{package.name}\n{lines}")
