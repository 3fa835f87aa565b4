"""`contagion`: what a shock reaches."""

from typing import Annotated

import typer

from indexer.cli.options import FILTERS, OUTPUT, BlockOption, FormatOption, MaxLagOption
from indexer.cli.output import show
from indexer.cli.session import Moment, Session
from indexer.cli.tables.contagion import draw_contagion
from indexer.reports.chains.contagion import Asked, contagion_answer
from indexer.reports.chains.scene import Scene
from indexer.risk.contagion.walk import ROUNDS


def contagion(
    context: typer.Context,
    *,
    shock: Annotated[
        list[str],
        typer.Option(
            "--shock",
            metavar="SHOCK",
            help="ETH=-20%, rate:0xTOKEN=-3% or bad_debt:DEPLOYMENT/MARKET=RAW; may be given several times.",
            rich_help_panel=FILTERS,
        ),
    ],
    rounds: Annotated[
        int, typer.Option("--rounds", min=1, help="Stop after so many rounds.", rich_help_panel=FILTERS)
    ] = ROUNDS,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most this many rows.", rich_help_panel=OUTPUT)
    ] = None,
    block: BlockOption = None,
    max_lag: MaxLagOption = None,
    form: FormatOption = None,
) -> None:
    """What a shock reaches: who falls, in which round, through what, and who bears the loss.

    Exact health in each round. Bad debt is passed on to suppliers and receipts at once; prices do not react to sales.

    [dim]$[/] indexer contagion --shock ETH=-20%
    [dim]$[/] indexer contagion --shock USDC=-5% --shock ETH=-30% --limit 20
    [dim]$[/] indexer contagion --shock rate:0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0=-3%
    [dim]$[/] indexer contagion --shock bad_debt:aave_v3_main/0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48=5000000000000
    """
    session = Session(context.obj)
    with session.snapshot(Moment(block, max_lag=max_lag)) as snapshot:
        answer = contagion_answer(Scene(snapshot), Asked(shock, rounds, limit))
    show(answer, answer["contagion"], form, draw_contagion)
