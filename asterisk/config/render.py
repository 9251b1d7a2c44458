"""The texts of the files: templates filled through the one gate of `quote.anything`."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from asterisk.config import quote

TEMPLATES = Path(__file__).resolve().parent / "templates"


def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=quote.anything,
    )
    made.filters.update(
        dialplan=quote.dialplan,
        extension=quote.extension,
        section=quote.section,
        network=quote.network,
        host=quote.host,
        secret=quote.secret,
    )
    return made


def render(template: str, facts: Mapping[str, object], made: Environment | None = None) -> str:
    return (made or environment()).get_template(f"{template}.j2").render(facts)
