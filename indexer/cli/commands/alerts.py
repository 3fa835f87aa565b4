"""`alerts`: what is open and what waits to be sent, and whether the targets can be reached."""

from enum import StrEnum
from typing import Annotated

import typer

from indexer.cli.options import FormatOption
from indexer.cli.output import show
from indexer.cli.session import Session
from indexer.cli.tables.alerts import draw_alerts, draw_test
from indexer.errors import ConfigurationError, UserError
from indexer.reports.alerts.answers import alerts_answer, targets_of, tried
from indexer.settings.alerts import AlertSettings
from indexer.store import Store

_FAILED = 1


class Action(StrEnum):
    """What to do about alerts."""

    LIST = "list"
    TEST = "test"


def alerts(
    context: typer.Context,
    *,
    action: Annotated[
        Action, typer.Argument(help="`list` what is open and what waits, or `test` every target.")
    ] = Action.LIST,
    rule: Annotated[
        str | None, typer.Option("--rule", metavar="NAME", help="Only this rule: its alerts, or its targets.")
    ] = None,
    form: FormatOption = None,
) -> None:
    """Alerts: what is open, what waits to be sent. `test` sends a marked message to every target, 1 when one fails.

    What is watched and who is told: the section alerts of the configuration.

    [dim]$[/] indexer alerts
    [dim]$[/] indexer alerts test
    [dim]$[/] indexer alerts test --rule big_borrowers
    """
    session = Session(context.obj)
    own = session.settings.alerts
    if action is Action.TEST:
        _test(own, rule, form)
        return
    with Store.open(session.settings.database.url, read_only=True) as store:
        answer = alerts_answer(store, own.targets())
    if rule is not None:
        for name in ("alerts", "outbox"):
            answer[name] = [row for row in answer[name] if row["rule"] == rule]
    show(answer, answer["alerts"], form, draw_alerts)


def _test(own: AlertSettings, rule: str | None, form: FormatOption) -> None:
    targets = own.targets()
    if rule is not None:
        found = targets_of(own.watched(), rule)
        if found is None:
            names = ", ".join(each.name for each in own.rules) or "none"
            raise UserError(f"there is no rule {rule!r} in the configuration; there are: {names}")
        targets = found
    if not targets:
        raise ConfigurationError("no target is set: write to (apprise URLs) or webhooks under [alerts]")
    rows = tried(targets, rule, own.timeout_s)
    answer = {"ok": all(row["ok"] for row in rows), "targets": rows}
    show(answer, rows, form, draw_test)
    if not answer["ok"]:
        raise typer.Exit(_FAILED)
