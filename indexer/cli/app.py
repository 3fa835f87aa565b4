"""The commands, in the order and the groups in which `--help` shows them."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from indexer.cli.commands.chains import chains
from indexer.cli.commands.checks import doctor, verify
from indexer.cli.commands.contagion import contagion
from indexer.cli.commands.lists import accounts, at_risk, markets, prices
from indexer.cli.commands.one import account, explain
from indexer.cli.commands.syncing import run, sync
from indexer.cli.output import write
from indexer.cli.session import Session

_FILL = "Fill the database"
_READ = "Ask the database"
_CHECK = "Check"

app = typer.Typer(
    name="indexer",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(asked: bool) -> None:
    if not asked:
        return
    try:
        found = version("collateral-health-indexer")
    except PackageNotFoundError:
        found = "not installed"
    write(f"indexer {found}\n")
    raise typer.Exit


@app.callback(invoke_without_command=True)
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
    context.obj = Session(config, verbose, quiet)
    if context.invoked_subcommand is None:
        write(f"{context.get_help()}\n")


app.command("sync", rich_help_panel=_FILL)(sync)
app.command("run", rich_help_panel=_FILL)(run)
app.command("at-risk", rich_help_panel=_READ)(at_risk)
app.command("account", rich_help_panel=_READ)(account)
app.command("explain", rich_help_panel=_READ)(explain)
app.command("accounts", rich_help_panel=_READ)(accounts)
app.command("markets", rich_help_panel=_READ)(markets)
app.command("prices", rich_help_panel=_READ)(prices)
app.command("chains", rich_help_panel=_READ)(chains)
app.command("contagion", rich_help_panel=_READ)(contagion)
app.command("verify", rich_help_panel=_CHECK)(verify)
app.command("doctor", rich_help_panel=_CHECK)(doctor)
