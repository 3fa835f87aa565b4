"""The commands, in the order and the groups in which `--help` shows them.

Only the modules of the commands that are asked for are loaded: each brings libraries that take long to load.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from indexer.cli.output import write
from indexer.cli.switches import Switches

_FILL = "Fill the database"
_READ = "Ask the database"
_CHECK = "Check"


@dataclass(frozen=True, slots=True)
class Named:
    """A command as `indexer --help` shows it, and where it is."""

    name: str
    panel: str
    module: str
    line: str
    """The first line of its own help."""

    def load(self) -> Callable[..., None]:
        """The function that does it."""
        loaded: Callable[..., None] = getattr(
            import_module(f"indexer.cli.commands.{self.module}"), self.name.replace("-", "_")
        )
        return loaded


COMMANDS = (
    Named(
        "sync", _FILL, "syncing", "Read the chain into the database: the past with a progress bar, then block by block."
    ),
    Named(
        "run",
        _FILL,
        "service",
        "The service: follows the chain, answers over HTTP, verifies, keeps house, until it is told to stop.",
    ),
    Named("serve", _FILL, "serving", "The HTTP API alone, over a database that another process fills."),
    Named("api-key", _FILL, "keys", "Make a key for the HTTP API: shown once, kept as a hash."),
    Named("at-risk", _READ, "lists", "The watch list: who is liquidatable, or soon will be."),
    Named(
        "account", _READ, "one", "Everything about one owner: positions, health, what it takes, terms of a liquidation."
    ),
    Named(
        "explain",
        _READ,
        "one",
        "Every step to the health factor, beside the contract's own answer and a call that reproduces it.",
    ),
    Named("accounts", _READ, "lists", "Every account that has a position, suppliers and dust included."),
    Named("markets", _READ, "lists", "Every market: sizes, rates, limits and flags."),
    Named(
        "prices",
        _READ,
        "lists",
        "The price each protocol uses, its feed, its age, and what is published but not visible yet.",
    ),
    Named("liquidations", _READ, "liquidations", "Liquidations as they happened: who, what, seized, bonus, bad debt."),
    Named(
        "solvency",
        _READ,
        "solvency",
        "What stands behind what is owed, by protocol and asset; `unknown` apart.",
    ),
    Named(
        "chains",
        _READ,
        "chains",
        "Collateral chains: whose collateral is borrowed elsewhere, or is another protocol's receipt.",
    ),
    Named(
        "contagion",
        _READ,
        "contagion",
        "What a shock reaches: who falls, in which round, through what, and who bears the loss.",
    ),
    Named(
        "report",
        _READ,
        "report",
        "The health report: one page with everything a risk team asks, as HTML, Markdown or JSON.",
    ),
    Named(
        "snapshot",
        _READ,
        "snapshot",
        "One block as Parquet for analysts: every table, and a manifest of hashes.",
    ),
    Named(
        "alerts",
        _CHECK,
        "alerts",
        "Alerts: what is open, what waits to be sent. `test` sends a marked message to every target, 1 when one fails.",
    ),
    Named(
        "verify",
        _CHECK,
        "checks",
        "Compare our integers with the contracts' own answers, at the same block hash. Ends with 1 on any mismatch.",
    ),
    Named(
        "doctor",
        _CHECK,
        "checks",
        "Look at node, database and configuration: what is wrong, what to do. Ends with 1 when something fails.",
    ),
)
NAMES = frozenset(one.name for one in COMMANDS)


def app_with(wanted: Collection[str]) -> typer.Typer:
    """The command line in which the commands named among `wanted` work; the others are there by name and first line."""
    app = typer.Typer(
        name="indexer",
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(invoke_without_command=True)(start)
    for one in COMMANDS:
        if one.name in wanted:
            app.command(one.name, rich_help_panel=one.panel)(one.load())
        else:
            app.command(one.name, rich_help_panel=one.panel, help=one.line)(_not_loaded)
    return app


def _not_loaded() -> None:
    raise AssertionError("a command runs that was not among the arguments")


def _version(asked: bool) -> None:
    if not asked:
        return
    try:
        found = version("collateral-health-indexer")
    except PackageNotFoundError:
        found = "not installed"
    write(f"indexer {found}\n")
    raise typer.Exit


def start(
    context: typer.Context,
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            envvar="INDEXER_CONFIG",
            help="The settings, TOML.",
            show_default="indexer.toml, where it is there",
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more, with tracebacks.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what is wrong.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Who is healthy, at risk, liquidatable or insolvent, exactly as the contracts would say it.

    Answers go to stdout, logs and progress to stderr.

    Settings come from a TOML file and from the environment, which wins: INDEXER_NODE__URL, INDEXER_DATABASE__URL.

    [dim]$[/] export INDEXER_NODE__URL=http://127.0.0.1:8545
    [dim]$[/] indexer doctor
    [dim]$[/] indexer sync --once
    [dim]$[/] indexer at-risk --min-debt 1000
    [dim]$[/] indexer verify --all
    """
    del show_version
    context.obj = Switches(config, verbose, quiet)
    if context.invoked_subcommand is None:
        write(f"{context.get_help()}\n")
