"""What an installation is told from outside: ports, folders, trunks, the database.

A flag beats `GUDOK_*` beats `gudok.toml` in the data folder. Secrets are never settings: they are files of mode 0600 in
`secrets/` (made at random when missing) or files named by `GUDOK_<NAME>_FILE`. What the line says and does is not here
either: that is the dialplan.
"""

import contextlib
import os
import secrets
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
QueueName = Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]{0,31}/)?[a-z0-9][a-z0-9-]{0,31}$")]
Digits = Annotated[str, Field(pattern=r"^\+?[0-9]{1,20}$")]


class SettingsError(Exception):
    """The settings cannot be used; the text says which one, where it stands and what to write instead."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ports(Part):
    sip: Port = 5060
    rtp_from: Port = 18000
    rtp_to: Port = 18999
    ami: Port = 5038
    agi: Port = 4573
    audio: Port = 9092
    web: Port = 8080

    @model_validator(mode="after")
    def _enough_rtp(self) -> "Ports":
        if self.rtp_to - self.rtp_from < 9:
            raise ValueError("rtp_to must be at least 9 above rtp_from: every call needs two ports")
        return self


class Operator(Part):
    """An operator's telephone: registers with Asterisk under `name`; its secret is `secrets/operator-<name>`."""

    name: Name
    queues: tuple[QueueName, ...] = ("operators",)
    """Queues of the line's own supplier by name; of another one `supplier/queue`."""
    qualify_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    """How often the telephone is asked whether it is there, so that a dead one is not rung; 0 for one that does not
    answer OPTIONS."""


class Trunk(Part):
    """A carrier's trunk. Its password, if it has one, is `secrets/trunk-<name>`."""

    name: Name
    host: str
    port: Port = 5060
    auth: Literal["registration", "ip"] = "registration"
    username: str | None = None
    transport: Literal["udp", "tcp", "tls"] = "udp"
    srtp: bool = False
    codecs: tuple[Literal["alaw", "ulaw", "g722"], ...] = ("alaw",)
    keys: Literal["rfc4733", "info", "inband"] = "rfc4733"
    number_from: Literal["request", "to", "diversion"] = "request"
    """Where the dialled number stands: the request line, the To header or Diversion."""
    caller_from: Literal["from", "pai"] = "from"
    match: tuple[str, ...] = ()
    """Addresses or networks the carrier calls from; nothing means the address of `host`."""
    from_user: str | None = None
    """The user our calls come from, if the carrier wants another than `username`."""
    from_domain: str | None = None
    """The domain our calls come from, if the carrier wants another than `host`."""
    outbound_proxy: str | None = None
    """`host` or `host:port` everything to the carrier goes through, if that is not `host` itself."""
    register_seconds: Annotated[int, Field(ge=30, le=86_400)] = 120
    """How long a registration holds; it is renewed before that."""
    retry_seconds: Annotated[int, Field(ge=1, le=3600)] = 20
    """The pause before a registration that failed is tried again, for ever."""
    qualify_seconds: Annotated[int, Field(ge=0, le=3600)] = 30
    """How often the carrier is asked whether it is there; 0 for one that does not answer OPTIONS."""


class SmsProvider(Part):
    """Takes messages by HTTP (docs/messages.md); its key is `secrets/sms`."""

    url: Annotated[str, Field(pattern=r"^https?://")]


class MailServer(Part):
    """Takes letters by SMTP; the password of `user` is `secrets/smtp`."""

    host: str
    port: Port = 25
    sender: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    user: str = ""


class Carriers(Part):
    """Who carries our messages; without one its messages are not sent, and flows take their `refused` way."""

    sms: SmsProvider | None = None
    email: MailServer | None = None


class Nat(Part):
    """What to tell a carrier when the line stands behind an address translator."""

    external_address: str
    local_networks: tuple[str, ...] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


class Tls(Part):
    """Our own certificate for SIP over TLS, and how the other side's is judged."""

    certificate: Path
    key: Path
    port: Port = 5061
    ca: Path | None = None
    """Authorities a carrier's certificate must come from; nothing means those the system trusts."""
    verify: bool = True
    """Whether a carrier with an unknown certificate is refused."""


class Billing(Part):
    """Where accounts are and readings go. The token of `rest`, if it wants one, is `secrets/billing-token`."""

    kind: Literal["tables", "rest"] = "tables"
    """`tables`: our own, filled from files; `rest`: the supplier's system over HTTP (docs/billing-api.md)."""
    url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    """May hold `{supplier}`."""
    suppliers: tuple[Name, ...] = ()
    """Whose accounts are there; nothing means everybody's."""
    seconds: Annotated[float, Field(ge=0.5, le=10)] = 3.0
    """The longest a caller waits for one answer."""

    @model_validator(mode="after")
    def _has_url(self) -> "Billing":
        if self.kind == "rest" and self.url is None:
            raise ValueError("kind = rest needs url, e.g. https://billing.example/api/v1")
        return self


class Silero(Part):
    """Silero's neural voice, where it is there (docs/speech.md)."""

    model: str | None = None
    """A package file, or the name of one that was fetched; nothing means the default one."""
    speaker: str | None = None
    accept_non_commercial: bool = False
    """For the models that may not speak for a company: the owner says that this line is no company's."""


class Places:
    """Where everything is kept, all below one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.toml = data / "gudok.toml"
        self.secrets = data / "secrets"
        self.asterisk = data / "asterisk"
        self.database = data / "gudok.db"
        self.recordings = data / "recordings"
        self.turns = data / "turns"
        self.prompts = data / "prompts"
        self.log = data / "log"
        self.run = data / "run"
        self.spool = data / "spool"

    def make(self) -> None:
        """Create the folders; secrets are for their owner only."""
        for place in (self.data, self.asterisk, self.recordings, self.prompts, self.log, self.run):
            place.mkdir(parents=True, exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)

    def secret(self, name: str) -> str:
        """The secret called `name`: from `GUDOK_<NAME>_FILE`, else from `secrets/`, made at random when missing."""
        named = os.environ.get(f"GUDOK_{name.upper().replace('-', '_')}_FILE")
        if named is not None:
            try:
                return Path(named).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(f"secret {name!r}: cannot read {named}: {error.strerror}") from error
        self.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.secrets / name
        if not path.exists():
            # Linked into place whole: of two processes that make it at once, both get the one that was first.
            made = self.secrets / f".{name}.{os.getpid()}"
            made.touch(mode=0o600)
            made.write_text(secrets.token_urlsafe(24) + "\n", encoding="ascii")
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(made)
            made.unlink()
        return path.read_text(encoding="utf-8").strip()

    @property
    def first_password(self) -> Path:
        """The first administrator's password, from when it is made until `gudok up` has shown it."""
        return self.secrets / "first-password"


def default_data() -> Path:
    base = os.environ.get("XDG_DATA_HOME")
    if base:
        return Path(base) / "gudok"
    if os.geteuid() == 0:
        return Path("/var/lib/gudok")
    return Path.home() / ".local" / "share" / "gudok"


def default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "gudok"


def shipped_dialplans() -> Path:
    """The demo dialplans: beside the sources in a checkout, inside the package when it was installed."""
    checkout = Path(__file__).resolve().parent.parent / "dialplans"
    return checkout if checkout.is_dir() else Path(__file__).resolve().parent / "shipped" / "dialplans"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="GUDOK_", env_nested_delimiter="__", extra="forbid", frozen=True)

    data: Path = Field(default_factory=default_data)
    cache: Path = Field(default_factory=default_cache)
    bind: str = "127.0.0.1"
    """The address that calls, operators and browsers reach; control ports stay on loopback whatever it says."""
    node: Name = "node1"
    database: str | None = None
    """A database URL; nothing means SQLite in the data folder."""
    spool_mb: Annotated[int, Field(ge=0, le=65_536)] = 64
    """Laid out on the disk for the journal's events while the database is away; 0: they wait in memory only."""
    dialplans: Path = Field(default_factory=shipped_dialplans)
    supplier: Name = "energosbyt"
    """Whose dialplan the embedded line answers with."""
    line: Digits = "88003505566"
    draft_line: Annotated[str, Field(pattern=r"^[*0-9]{2,8}$")] | None = "990"
    """Rings the draft of a dialplan, for operators' telephones and this machine only; before another number of the
    line it rings the draft that answers that number. Nothing: no draft can be rung."""
    serve_folder: bool = False
    """Serve the folder of the dialplan as it is on disk, not what was published (`gudok up --draft`)."""
    max_calls: Annotated[int, Field(ge=1, le=10_000)] = 200
    keep_free_mb: Annotated[int, Field(ge=0, le=10_000_000)] = 1024
    """So much of the disk stays free of recordings: below it nothing is recorded, and calls go on."""
    model: str | None = None
    """The speech model to hear with: a folder, or a name that `gudok models list` shows. Nothing means the best one
    that is there. `gudok models use` writes it."""
    heard_at_once: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Callers whose words are heard at once; more are asked for keys. Nothing means `max_calls`."""
    ports: Ports = Ports()
    voice: Annotated[str, Field(pattern=r"^(auto|(silero|rhvoice|espeak)(/[A-Za-z0-9_-]+)?)$")] = "auto"
    """What the line speaks with: the best voice that is there, an engine, or a voice of one (`rhvoice/elena`)."""
    silero: Silero = Silero()
    operators: tuple[Operator, ...] = (Operator(name="101"), Operator(name="102"))
    trunks: tuple[Trunk, ...] = ()
    messages: Carriers = Carriers()
    nat: Nat | None = None
    tls: Tls | None = None
    billing: Billing = Billing()
    asterisk: Literal["auto", "system", "private"] = "auto"
    """`auto`: the machine's own Asterisk if it has what is needed, else Debian's, unpacked in the cache."""
    asterisk_suite: str = "forky"
    drain_seconds: Annotated[int, Field(ge=0, le=3600)] = 120
    """How long a stopped line waits for the calls it still has."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def places(self) -> Places:
        return Places(self.data)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _TomlFile(settings_cls)


class _TomlFile(PydanticBaseSettingsSource):
    """`gudok.toml` of the data folder that the stronger sources chose."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        chosen = self.current_state.get("data")
        path = Places(Path(chosen) if chosen else default_data()).toml
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{path}: {error}") from error


def load(**flags: Any) -> Settings:
    """The settings of this installation; a flag that is `None` was not given."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            where = ".".join(str(part) for part in fault["loc"])
            lines.append(f"{where}: {fault['msg']} (got {fault['input']!r})")
        path = Places(Path(given.get("data") or os.environ.get("GUDOK_DATA") or default_data())).toml
        text = "; ".join(lines)
        raise SettingsError(f"the settings (flags, GUDOK_*, {path}) cannot be used: {text}") from error
