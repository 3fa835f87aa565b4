"""Command line of the tour, and the promise that nothing it started outlives it."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from rich.console import Console

from scripts.demo_tour.processes import ProcessFailed, end_children
from scripts.demo_tour.stage import Stage
from scripts.demo_tour.tour import Tour
from scripts.devnet.anvil import AnvilError
from scripts.devnet.build import BuildError
from scripts.devnet.chain import TransactionFailed
from scripts.devnet.devnet import StoryError
from scripts.devnet.extension import EVERY

ROOT = Path(__file__).resolve().parents[2]
INTERRUPTED = 130
EXPECTED = (ProcessFailed, AnvilError, BuildError, StoryError, TransactionFailed)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; the texts of --help stand in scripts/demo."""
    parser = argparse.ArgumentParser(prog="scripts/demo")
    parser.add_argument("--exit", action="store_true", help="end after the tour")
    parser.add_argument("--seed", type=int, default=7, help="another story")
    parser.add_argument("--port", type=int, help="loopback port of the node")
    parser.add_argument("--protocols", nargs="*", default=EVERY, choices=EVERY, help="beside Aave V3, default all")
    parser.add_argument("--folder", type=Path, default=ROOT / ".cache" / "demo", help="for settings and database")
    return parser.parse_args(arguments)


def interrupt(*_: object) -> None:
    """SIGTERM and SIGHUP end the tour as Ctrl-C does."""
    raise KeyboardInterrupt


def main() -> int:
    """Run the tour. 0 at its end and after Ctrl-C while following, 130 when interrupted before."""
    options = parse()
    # The user's own settings must not lead the demo to another node or database.
    for name in [name for name in os.environ if name.startswith("INDEXER_") and name != "INDEXER_DEVNET_CACHE"]:
        del os.environ[name]
    logging.getLogger("sqlalchemy").setLevel(logging.CRITICAL + 1)  # a read that is interrupted cannot close its cursor
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    seconds_before = float(os.environ.get("DEMO_SECONDS_BEFORE", "0"))
    stage = Stage(Console(highlight=False), options.folder.resolve(), seconds_before)
    try:
        Tour(stage, options.seed, options.port, options.protocols).run(follow=not options.exit)
    except KeyboardInterrupt:
        stage.say("\ninterrupted: everything the demo started is stopped")
        return INTERRUPTED
    except EXPECTED as error:
        sys.stderr.write(f"scripts/demo: {error}\n")
        return 1
    finally:
        end_children()
    return 0


if __name__ == "__main__":
    sys.exit(main())
