"""`gudok schema`: the JSON Schema by which an editor completes and underlines a dialplan as it is typed."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ivr.cli.options import fail

KINDS = ("flow", "line", "alerts", "webhooks")


def register(app: typer.Typer) -> None:
    app.command()(schema)


def schema(
    kind: Annotated[str, typer.Argument(help="Of which file: flow, line, alerts or webhooks.")] = "flow",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; without it: standard output.")
    ] = None,
) -> None:
    """Print the JSON Schema of a flow's file, or of line.yaml, alerts.yaml, webhooks.yaml.

    With the schema in a file, the first line of a flow tells the editor (yaml-language-server) about it:
    "# yaml-language-server: $schema=../../flow.schema.json".

    Example: gudok schema -o dialplans/flow.schema.json
    """
    from ivr.flow.around_schema import alerts_schema, webhooks_schema
    from ivr.flow.schema import flow_schema, line_schema

    if kind not in KINDS:
        fail(f"«{kind}»: there are schemas of {', '.join(KINDS)}", code=2)
    makers = dict(zip(KINDS, (flow_schema, line_schema, alerts_schema, webhooks_schema), strict=True))
    text = json.dumps(makers[kind](), ensure_ascii=False, indent=1)
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        fail(f"{output}: {error.strerror}")
    typer.echo(f"wrote {output}", err=True)
