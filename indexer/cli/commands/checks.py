"""`verify` and `doctor`: is it true, and is it sound? Both end with 1 when something is not."""

from typing import Annotated

import structlog
import typer

from indexer.cli.options import OUTPUT, WHICH, BlockOption, FormatOption
from indexer.cli.output import show
from indexer.cli.session import Moment, Session
from indexer.cli.tables.checks import draw_doctor, draw_verify
from indexer.errors import DatabaseError, UserError
from indexer.reports.doctor import Patient, examine
from indexer.reports.verify import Outcome, verify_answer
from indexer.reports.verify import verify as compare
from indexer.store import Store
from indexer.sync.backfill import RANGE_BLOCKS

_FAILED = 1

_log = structlog.get_logger()


def verify(
    context: typer.Context,
    *,
    everyone: Annotated[
        bool, typer.Option("--all", help="Every account (so it is without --sample).", rich_help_panel=WHICH)
    ] = False,
    sample: Annotated[
        int | None,
        typer.Option("--sample", min=1, help="This many of each deployment, chosen at random.", rich_help_panel=WHICH),
    ] = None,
    block: BlockOption = None,
    form: FormatOption = None,
) -> None:
    """Compare our integers with the contracts' own answers, at the same block hash. Ends with 1 on any mismatch.

    It is an independent path: web3 and eth-abi, none of our client, none of our decoder.

    [dim]$[/] indexer verify --all
    [dim]$[/] indexer verify --sample 50 --block 21000000
    """
    if everyone and sample is not None:
        raise UserError("--all and --sample exclude each other: give one of them")
    session = Session(context.obj)
    url = session.contract_url()
    with session.snapshot(Moment(block)) as snapshot:
        outcome = compare(snapshot, url, sample=sample, seed=snapshot.ref.number)
        answer = verify_answer(snapshot, outcome)
    _save(session, outcome)
    rows = [{"kind": "deployment", **row} for row in answer["verify"]]
    rows += [{"kind": "mismatch", **row} for row in answer["mismatches"]]
    show(answer, rows, form, draw_verify)
    for wrong in outcome.mismatches:
        _log.error("mismatch", **wrong)
    if outcome.mismatches:
        raise typer.Exit(_FAILED)


def _save(session: Session, outcome: Outcome) -> None:
    """Remember who was verified; a database that cannot be written keeps nothing, the answer stands."""
    try:
        with Store.open(session.settings.database.url, create=False) as store:
            store.save_verified(outcome.verifications)
    except DatabaseError as error:
        _log.warning("the outcome is not stored", why=str(error))


def doctor(
    context: typer.Context,
    *,
    estimate: Annotated[
        bool,
        typer.Option(
            "--estimate",
            help="Also measure a few ranges, and say what a backfill will take.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    form: FormatOption = None,
) -> None:
    """Look at node, database and configuration: what is wrong, what to do. Ends with 1 when something fails.

    [dim]$[/] indexer doctor
    [dim]$[/] indexer doctor --estimate
    """
    session = Session(context.obj)
    settings = session.settings
    patient = Patient(
        urls=tuple(settings.node.url),
        timeout_s=settings.node.timeout_s,
        finality_depth=settings.chain.finality_depth,
        database_url=settings.database.url,
        deployments_of=settings.deployments_of,
        feeds=settings.own_feeds(),
        range_blocks=RANGE_BLOCKS,
        rules=settings.alerts.watched(),
        targets=settings.alerts.targets(),
    )
    answer = examine(patient, estimate=estimate)
    show(answer, answer["checks"], form, draw_doctor)
    if not answer["ok"]:
        raise typer.Exit(_FAILED)
