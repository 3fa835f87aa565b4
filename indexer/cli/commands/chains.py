"""`chains`: collateral that is somebody's debt, across protocols."""

from enum import StrEnum
from fractions import Fraction
from typing import Annotated

import typer

from indexer.cli.options import FILTERS, OUTPUT, BlockOption, DeploymentOption, MaxLagOption, parsed_address
from indexer.cli.output import Format, show, write
from indexer.cli.session import Moment, Session
from indexer.cli.tables.chains import draw_chains
from indexer.reports.chains.answers import chains_answer
from indexer.reports.chains.graph import as_dot, as_graphml
from indexer.reports.chains.pictures import as_svg
from indexer.reports.chains.rows import ChainFilters
from indexer.reports.chains.scene import Scene
from indexer.risk.flags import Flag


class ChainFormat(StrEnum):
    """How chains are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"
    GRAPHML = "graphml"
    DOT = "dot"
    SVG = "svg"


_GRAPHS = {ChainFormat.GRAPHML: as_graphml, ChainFormat.DOT: as_dot, ChainFormat.SVG: as_svg}


def chains(  # noqa: PLR0913 - one option each
    context: typer.Context,
    *,
    owner: Annotated[
        str | None,
        typer.Option(
            "--owner", parser=parsed_address, metavar="ADDRESS", help="Only this owner's.", rich_help_panel=FILTERS
        ),
    ] = None,
    flag: Annotated[Flag | None, typer.Option("--flag", help="Only with this flag.", rich_help_panel=FILTERS)] = None,
    deployment: DeploymentOption = None,
    min_usd: Annotated[
        float | None,
        typer.Option("--min", min=0.0, metavar="USD", help="At least this much at most.", rich_help_panel=FILTERS),
    ] = None,
    circular_above: Annotated[
        float,
        typer.Option(
            "--circular-above", min=0.0, max=1000.0, help="Flag cycles with a larger gain.", rich_help_panel=FILTERS
        ),
    ] = 0.5,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most this many rows.", rich_help_panel=OUTPUT)
    ] = None,
    block: BlockOption = None,
    max_lag: MaxLagOption = None,
    form: Annotated[
        ChainFormat | None,
        typer.Option(
            "--format",
            help="How to write the answer; graphml, dot and svg draw it.",
            rich_help_panel=OUTPUT,
            show_default="table on a terminal, else json",
            case_sensitive=False,
        ),
    ] = None,
) -> None:
    """Collateral chains: whose collateral is borrowed elsewhere, or is another protocol's receipt.

    `low` is what single transactions prove, `high` what debt and collateral allow at most. Amounts are base assets.

    [dim]$[/] indexer chains --min 10000
    [dim]$[/] indexer chains --flag chain_at_risk
    [dim]$[/] indexer chains --owner 0x5c3E3B8b0Ff92Fb3D0b7d2B4a4B0f3b6B1c2D3e4 --format svg > chain.svg
    [dim]$[/] indexer chains --format graphml > chains.graphml
    """
    session = Session(context.obj)
    filters = ChainFilters(owner, None if flag is None else flag.value, deployment, min_usd, limit)
    with session.snapshot(Moment(block, max_lag=max_lag)) as snapshot:
        scene = Scene(snapshot, Fraction(str(circular_above)))
        answer = chains_answer(scene, filters)
    if form in _GRAPHS:
        write(_GRAPHS[form](answer))
    else:
        show(answer, answer["chains"], None if form is None else Format(form.value), draw_chains)
