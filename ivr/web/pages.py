"""Pages: templates filled in, and our own files with the names that let browsers keep them for ever."""

import hashlib
import mimetypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ivr.people.roles import Right
from ivr.web.screens import SESSION

MENU = (
    (Right.USERS, "/users", "Пользователи"),
    (Right.AUDIT, "/deeds", "Кто что сделал"),
)
"""The sections in the order of the header, each with the right that shows it."""

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


class Pages:
    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(static=static_address, menu=MENU)

    def show(self, request: web.Request, template: str, *, status: int = 200, **values: object) -> web.Response:
        return web.Response(text=self.text(request, template, values), status=status, content_type="text/html")

    def text(self, request: web.Request, template: str, values: Mapping[str, object]) -> str:
        session = request.get(SESSION)
        known = {"user": session.user if session else None, "csrf": session.csrf if session else ""}
        return self._templates.get_template(template).render({**known, "path": request.path, **values})


@cache
def static_address(name: str) -> str:
    """A file's address with what it holds in it: a new version is another address."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


async def static(request: web.Request) -> web.StreamResponse:
    """One of our own files; a path that leaves the folder is nobody's."""
    name = request.match_info["name"]
    path = (STATIC / name).resolve()
    if len(name) > 100 or not path.is_relative_to(STATIC) or not path.is_file():
        raise web.HTTPNotFound(text="Такого файла нет.")
    kept = "public, max-age=31536000, immutable" if "v" in request.query else "no-cache"
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return web.FileResponse(path, headers={"Cache-Control": kept, "Content-Type": kind})
