"""`at-risk`, `accounts`, `markets`, `prices`: the lists."""

from typing import Annotated

import typer

from indexer.cli.options import (
    FILTERS,
    OUTPUT,
    AtTimestampOption,
    BlockOption,
    DeploymentOption,
    FormatOption,
    MaxLagOption,
    WithinDropOption,
)
from indexer.cli.output import show
from indexer.cli.session import Moment, Session
from indexer.cli.tables.accounts import draw_accounts, draw_at_risk
from indexer.cli.tables.market import draw_markets, draw_prices
from indexer.reports.accounts import Filters
from indexer.reports.answers import accounts_answer, at_risk_answer, markets_answer, prices_answer
from indexer.risk.ranking import SortBy


def at_risk(  # noqa: PLR0913 - one option each
    context: typer.Context,
    *,
    below: Annotated[
        float | None,
        typer.Option(
            "--below",
            min=0.0,
            help="Health factors strictly under this.",
            rich_help_panel=FILTERS,
            show_default="[watch] below, 1.05",
        ),
    ] = None,
    deployment: DeploymentOption = None,
    min_debt: Annotated[
        float | None,
        typer.Option("--min-debt", min=0.0, metavar="USD", help="At least this much debt.", rich_help_panel=FILTERS),
    ] = None,
    within_drop: WithinDropOption = None,
    executable: Annotated[
        bool,
        typer.Option(
            "--executable", help="Only accounts a liquidation of which would succeed now.", rich_help_panel=FILTERS
        ),
    ] = False,
    sort: Annotated[SortBy, typer.Option("--sort", help="What comes first.", rich_help_panel=OUTPUT)] = SortBy.HEALTH,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most this many rows.", rich_help_panel=OUTPUT)
    ] = None,
    projections: Annotated[
        bool,
        typer.Option("--projections", help="Add what it takes: price falls and interest.", rich_help_panel=OUTPUT),
    ] = False,
    block: BlockOption = None,
    at_timestamp: AtTimestampOption = None,
    max_lag: MaxLagOption = None,
    form: FormatOption = None,
) -> None:
    """The watch list: who is liquidatable, or soon will be.

    Unknown accounts with debt are listed too, last: unknown is not healthy.

    [dim]$[/] indexer at-risk
    [dim]$[/] indexer at-risk --below 1.1 --min-debt 1000 --sort bonus
    [dim]$[/] indexer at-risk --within-drop 10% --projections
    [dim]$[/] indexer at-risk --executable --format ndjson | jq .account
    """
    session = Session(context.obj)
    filters = Filters(below, deployment, min_debt, within_drop, executable, sort, limit, projections)
    with session.snapshot(Moment(block, at_timestamp, max_lag)) as snapshot:
        answer = at_risk_answer(snapshot, filters)
    show(answer, answer["accounts"], form, draw_at_risk)


def accounts(
    context: typer.Context,
    *,
    deployment: DeploymentOption = None,
    block: BlockOption = None,
    at_timestamp: AtTimestampOption = None,
    max_lag: MaxLagOption = None,
    form: FormatOption = None,
) -> None:
    """Every account that has a position, suppliers and dust included.

    [dim]$[/] indexer accounts --format csv > accounts.csv
    [dim]$[/] indexer accounts --deployment aave_v3_main --block 21000000
    """
    session = Session(context.obj)
    with session.snapshot(Moment(block, at_timestamp, max_lag)) as snapshot:
        answer = accounts_answer(snapshot, deployment)
    show(answer, answer["accounts"], form, draw_accounts)


def markets(
    context: typer.Context,
    *,
    deployment: DeploymentOption = None,
    block: BlockOption = None,
    form: FormatOption = None,
) -> None:
    """Every market: sizes, rates, limits and flags.

    [dim]$[/] indexer markets
    [dim]$[/] indexer markets --deployment aave_v3_main --format json
    """
    session = Session(context.obj)
    with session.snapshot(Moment(block)) as snapshot:
        answer = markets_answer(snapshot, deployment)
    show(answer, answer["markets"], form, draw_markets)


def prices(
    context: typer.Context,
    *,
    deployment: DeploymentOption = None,
    block: BlockOption = None,
    form: FormatOption = None,
) -> None:
    """The price each protocol uses, its feed, its age, and what is published but not visible yet.

    [dim]$[/] indexer prices
    """
    session = Session(context.obj)
    with session.snapshot(Moment(block)) as snapshot:
        answer = prices_answer(snapshot, deployment)
    show(answer, answer["prices"], form, draw_prices)
