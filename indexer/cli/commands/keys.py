"""`api-key`: who may ask the HTTP API."""

import re
from typing import Annotated

import typer

from indexer.api.access.keys import hashed, new_key
from indexer.cli.output import write
from indexer.settings.sections import KEY_NAME


def _name(value: str) -> str:
    if not re.fullmatch(KEY_NAME, value):
        raise typer.BadParameter(f"{value!r} is no name: letters, digits, `_.-`, at most 64")
    return value


def api_key(
    name: Annotated[str, typer.Argument(parser=_name, metavar="NAME", help="Whose key it is: letters, digits, _.-")],
) -> None:
    """Make a key for the HTTP API: shown once, kept as a hash.

    Add the lines it prints to the configuration, give the key to whom it is for, and start the API again.

    [dim]$[/] indexer api-key liquidator
    """
    key = new_key()
    write(
        f"The key, shown this once; sent with each request as `Authorization: Bearer …`:\n\n  {key}\n\n"
        "For the configuration (what is stored is its hash):\n\n"
        f'  [[api.keys]]\n  name = "{name}"\n  sha256 = "{hashed(key)}"\n'
    )
