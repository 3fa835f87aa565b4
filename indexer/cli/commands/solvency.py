"""`solvency`: what stands behind what is owed."""

import typer

from indexer.cli.options import BlockOption, DeploymentOption, FormatOption, MaxLagOption
from indexer.cli.output import show
from indexer.cli.session import Moment, Session
from indexer.cli.tables.solvency import draw_solvency
from indexer.reports.solvency import solvency_answer


def solvency(
    context: typer.Context,
    *,
    deployment: DeploymentOption = None,
    block: BlockOption = None,
    max_lag: MaxLagOption = None,
    form: FormatOption = None,
) -> None:
    """What stands behind what is owed, by protocol and asset; `unknown` apart.

    Counts and judges every account of the block once.

    [dim]$[/] indexer solvency
    [dim]$[/] indexer solvency --deployment aave_v3_main --block 21000000
    [dim]$[/] indexer solvency --format csv > solvency.csv
    """
    session = Session(context.obj)
    with session.snapshot(Moment(block, max_lag=max_lag)) as snapshot:
        answer = solvency_answer(snapshot, deployment)
    show(answer, answer["solvency"], form, draw_solvency)
