"""What can go wrong between a Debian archive and a usable folder, each as an error of its own.

The docstring of a class is the first sentence a person reads; facts of the case follow it.
"""


class DebianError(Exception):
    """Debian packages could not be made ready."""

    def __init__(self, detail: str = "") -> None:
        self.detail = detail.strip()
        message = " ".join((type(self).__doc__ or "").split())
        super().__init__(f"{message}\n{self.detail}" if self.detail else message)


class NoDebianTools(DebianError):
    """This needs Debian's own tools, and they are not here: on Debian and Ubuntu `apt-get install apt dpkg tar`
    brings them; elsewhere install Asterisk 20 or newer itself and set `asterisk = "system"`."""


class NoMirror(DebianError):
    """This machine's apt names no Debian mirror to fetch from: add a Debian source to /etc/apt/sources.list.d,
    or install Asterisk 20 or newer from your distribution and set `asterisk = "system"`."""


class ArchiveKeyMissing(DebianError):
    """The archive's signature cannot be checked, because its key is not here:
    run `apt-get install debian-archive-keyring` (a newer release of it if it is already there)."""


class ArchiveOutOfDate(DebianError):
    """The archive's index is dated outside its time of validity: the clock of this machine is wrong,
    or the mirror has not been renewed for long."""


class NoNetwork(DebianError):
    """The Debian mirror cannot be reached: check the network, the proxy in /etc/apt/apt.conf.d and the mirror's name,
    then start again; what has been fetched so far is kept."""


class NoSuchSuite(DebianError):
    """The mirror does not carry this Debian suite: check `asterisk_suite` in the settings."""


class NoSuchPackage(DebianError):
    """The Debian suite has no such package."""


class PackagesDoNotFit(DebianError):
    """The packages cannot be installed together in this suite today: try again tomorrow, or choose another suite."""


class ArchiveChanged(DebianError):
    """The archive changed while packages were fetched from it, twice in a row: start again in some minutes."""


class DiskFull(DebianError):
    """There is not enough room in the cache folder: free some space there, or point the cache elsewhere;
    nothing was left half installed."""


class CacheUnwritable(DebianError):
    """The cache folder cannot be written: correct its permissions, or point the cache elsewhere."""


class PackageBroken(DebianError):
    """A fetched package could not be unpacked; it was thrown away, start again to fetch it anew."""


class ProgramMissing(DebianError):
    """The unpacked packages lack a program that they should have brought: the suite has changed its layout."""


class AptFailed(DebianError):
    """apt-get failed for a reason that is not known here; its last words are below."""
