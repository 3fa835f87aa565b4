"""Options that several commands share, so that they read and behave the same everywhere."""

import re
from typing import Annotated

import typer

from indexer.cli.output import Format
from indexer.evm import address

WHICH = "Which block"
FILTERS = "Filters"
OUTPUT = "Output"
_PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")


def parsed_address(value: str) -> str:
    """An option that is an address."""
    try:
        return address(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def fraction(value: str | float) -> float:
    """`10%` or `0.1`."""
    percent = _PERCENT.fullmatch(str(value))
    try:
        fraction = float(percent[1]) / 100 if percent else float(value)
    except ValueError:
        fraction = -1.0
    if not 0 <= fraction < 1:
        raise typer.BadParameter(f"{value!r} is no price fall: write 10% or 0.1, from 0 to under 100%")
    return fraction


FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format",
        help="How to write the answer.",
        rich_help_panel=OUTPUT,
        show_default="table on a terminal, else json",
        case_sensitive=False,
    ),
]
BlockOption = Annotated[
    int | None,
    typer.Option(
        "--block", min=0, help="Answer for this block of the past.", rich_help_panel=WHICH, show_default="the last one"
    ),
]
AtTimestampOption = Annotated[
    int | None,
    typer.Option(
        "--at-timestamp",
        min=0,
        help="Accrue the block's state to this Unix time, as a transaction mined then would see it.",
        rich_help_panel=WHICH,
        show_default="the block's own",
    ),
]
MaxLagOption = Annotated[
    int | None,
    typer.Option(
        "--max-lag",
        min=0,
        help="Say `unknown: indexer_behind` when the database is more blocks behind the head than this.",
        rich_help_panel=WHICH,
    ),
]
DeploymentOption = Annotated[
    str | None, typer.Option("--deployment", help="Only this deployment.", rich_help_panel=FILTERS)
]
AddressArgument = Annotated[
    str, typer.Argument(parser=parsed_address, metavar="ADDRESS", help="The account: 0x and 40 hex digits.")
]
WithinDropOption = Annotated[
    float | None,
    typer.Option(
        "--within-drop",
        parser=fraction,
        metavar="PERCENT",
        help="Only accounts that a fall of all their collateral by this much makes liquidatable: 10%.",
        rich_help_panel=FILTERS,
    ),
]
