"""`webhooks.yaml` of a supplier's folder read into subscriptions; docs/webhooks.md tells how it is written."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from ivr.flow.finding import Finding
from ivr.flow.reading import Reader
from ivr.flow.source import Node, Table, Text
from ivr.webhooks.subscription import EVENTS, Subscription, Told

FILE = "webhooks.yaml"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def read_webhooks(folder: Path) -> tuple[tuple[Subscription, ...], list[Finding]]:
    """The supplier's subscriptions and what is wrong with the file; without a file there are none."""
    reader = _WebhooksReader()
    path = folder / FILE
    root = reader.file(path) if path.exists() else None
    return (reader.subscriptions(root) if root is not None else ()), reader.sorted_findings()


class _WebhooksReader(Reader):
    def subscriptions(self, root: Table) -> tuple[Subscription, ...]:
        self.known(root, {"webhooks"})
        found = [self._one(key, node) for key, node in self.table(self.needed(root, "webhooks")) or ()]
        return tuple(one for one in found if one is not None)

    def _one(self, key: Text, node: Node) -> Subscription | None:
        if not _NAME.fullmatch(key.value):
            hint = "строчные латинские буквы, цифры и дефис, например crm"
            self.fault(key.place, "E290", f"так подписку назвать нельзя: «{key.value}»", hint)
        table = self.table(node)
        if table is None:
            return None
        self.known(table, {"url", "events"})
        url = self.need(table, "url")
        given = table.get("url")
        if given is not None and url:
            self._check(given, url)
        events = [self.one_of(one, EVENTS, "") for one in self.texts(self.needed(table, "events"))]
        return Subscription(key.value, url, frozenset(cast(Told, event) for event in events if event))

    def _check(self, node: Node, url: str) -> None:
        try:
            parts = urlsplit(url)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            parts, good = None, False
        if parts is None or not good:
            self.fault(node.place, "E291", f"не адрес: «{url}»", "например https://crm.example/gudok")
        elif parts.username or parts.password:
            self.fault(node.place, "E292", "пароль в адресе", "подпись проверяют секретом из secrets/, пароль не нужен")
        elif parts.scheme == "http" and not _is_here(parts.hostname or ""):
            self.fault(node.place, "W293", f"личные данные пойдут открыто: «{url}»", "возьмите https")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
