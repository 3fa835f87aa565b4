"""`account` and `explain`: one owner."""

from typing import Annotated

import typer

from indexer.cli.options import (
    OUTPUT,
    AddressArgument,
    AtTimestampOption,
    BlockOption,
    FormatOption,
    MaxLagOption,
    fraction,
)
from indexer.cli.output import show
from indexer.cli.session import Moment, Session
from indexer.cli.tables.account import draw_account, draw_explain
from indexer.errors import NodeError
from indexer.reports.account import account_answer
from indexer.reports.accounts import wad
from indexer.reports.explain import explain_answer
from indexer.reports.metrics import HAIRCUT, Measured


def account(  # noqa: PLR0913 - one option each
    context: typer.Context,
    *,
    address: AddressArgument,
    target: Annotated[
        float | None,
        typer.Option(
            "--target",
            min=0.0,
            max=1000.0,
            metavar="HF",
            help="Say what to repay, or to add, so that the health factor reaches this.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    haircut: Annotated[
        float,
        typer.Option(
            "--haircut",
            parser=fraction,
            metavar="PERCENT",
            help="What a hurried sale loses of the collateral, for `haircut_ratio`.",
            rich_help_panel=OUTPUT,
            show_default="10%",
        ),
    ] = HAIRCUT,
    block: BlockOption = None,
    at_timestamp: AtTimestampOption = None,
    max_lag: MaxLagOption = None,
    form: FormatOption = None,
) -> None:
    """Everything about one owner: positions, health, what it takes, terms of a liquidation.

    [dim]$[/] indexer account 0x5c3E3B8b0Ff92Fb3D0b7d2B4a4B0f3b6B1c2D3e4
    [dim]$[/] indexer account 0x5c3E3B8b0Ff92Fb3D0b7d2B4a4B0f3b6B1c2D3e4 --target 1.5
    """
    session = Session(context.obj)
    measured = Measured(haircut, None if target is None else wad(target))
    with session.snapshot(Moment(block, at_timestamp, max_lag)) as snapshot:
        answer = account_answer(snapshot, address, measured)
    show(answer, answer["accounts"], form, draw_account)


def explain(
    context: typer.Context,
    *,
    address: AddressArgument,
    block: BlockOption = None,
    at_timestamp: AtTimestampOption = None,
    form: FormatOption = None,
) -> None:
    """Every step to the health factor, beside the contract's own answer and a call that reproduces it.

    [dim]$[/] indexer explain 0x5c3E3B8b0Ff92Fb3D0b7d2B4a4B0f3b6B1c2D3e4
    [dim]$[/] indexer explain 0x5c3E3B8b0Ff92Fb3D0b7d2B4a4B0f3b6B1c2D3e4 --block 21000000
    """
    session = Session(context.obj)
    with session.snapshot(Moment(block, at_timestamp)) as snapshot:
        answer = explain_answer(snapshot, address, _url(session))
    show(answer, answer["explain"], form, draw_explain)


def _url(session: Session) -> str | None:
    """Where the contract can be asked; None without a node: the steps need none."""
    if not session.settings.node.url:
        return None
    try:
        return session.contract_url()
    except NodeError:
        return None
