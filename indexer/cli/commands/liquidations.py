"""`liquidations`: what happened."""

from typing import Annotated

import typer

from indexer.cli.options import FILTERS, OUTPUT, WHICH, BlockOption, DeploymentOption, FormatOption, parsed_address
from indexer.cli.output import show
from indexer.cli.session import Moment, Session
from indexer.cli.tables.happened import draw_liquidations
from indexer.reports.liquidations import LiquidationFilters

_MOST = 100


def liquidations(  # noqa: PLR0913 - one option each
    context: typer.Context,
    *,
    account: Annotated[
        str | None,
        typer.Option(
            "--account", parser=parsed_address, metavar="ADDRESS", help="Only of this account.", rich_help_panel=FILTERS
        ),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option(
            "--owner",
            parser=parsed_address,
            metavar="ADDRESS",
            help="Only of accounts that belong to this owner.",
            rich_help_panel=FILTERS,
        ),
    ] = None,
    liquidator: Annotated[
        str | None,
        typer.Option(
            "--liquidator",
            parser=parsed_address,
            metavar="ADDRESS",
            help="Only those this address did.",
            rich_help_panel=FILTERS,
        ),
    ] = None,
    deployment: DeploymentOption = None,
    since_block: Annotated[
        int | None, typer.Option("--since-block", min=0, help="From this block on.", rich_help_panel=WHICH)
    ] = None,
    until_block: Annotated[
        int | None, typer.Option("--until-block", min=0, help="Up to this block.", rich_help_panel=WHICH)
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="At most this many rows, the newest.", rich_help_panel=OUTPUT)
    ] = _MOST,
    block: BlockOption = None,
    form: FormatOption = None,
) -> None:
    """Liquidations as they happened: who, what, seized, bonus, bad debt.

    Newest first, with how many blocks the account could have been liquidated before. Amounts are those of the logs.

    [dim]$[/] indexer liquidations
    [dim]$[/] indexer liquidations --deployment aave_v3_main --since-block 21000000 --limit 1000
    [dim]$[/] indexer liquidations --liquidator 0x00000000000000000000000000000000000000aa --format csv
    """
    session = Session(context.obj)
    filters = LiquidationFilters(account, owner, deployment, liquidator, since_block, until_block, limit)
    with session.reading(Moment(block)) as (reader, snapshot):
        answer = reader.liquidations_of(snapshot, filters)
    show(answer, answer["liquidations"], form, draw_liquidations)
