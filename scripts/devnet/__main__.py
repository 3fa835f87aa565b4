"""Command line: start the devnet, live the story, write the settings, wait until told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from scripts.devnet.devnet import Devnet
from scripts.devnet.extension import EVERY


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.devnet", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same tip hash")
    parser.add_argument(
        "--protocols",
        nargs="*",
        default=EVERY,
        choices=EVERY,
        metavar="NAME",
        help="protocols that join after the common story: %(choices)s (default: all)",
    )
    parser.add_argument("--port", type=int, help="loopback port of the node, default a free one")
    parser.add_argument("--blocks", type=int, help="blocks to live, default the scripted story")
    parser.add_argument("--config", type=Path, help="write the indexer's settings to this file")
    parser.add_argument(
        "--database",
        default="sqlite:///devnet.sqlite",
        help="database url named in the settings (default: %(default)s)",
    )
    parser.add_argument("--exit", action="store_true", help="stop at once instead of waiting")
    return parser.parse_args(arguments)


def show(text: str, fraction: float | None) -> None:
    """Progress, on stderr so that stdout stays readable by programs."""
    share = "" if fraction is None else f" ({fraction:.0%})"
    sys.stderr.write(f"devnet: {text}{share}\n")
    sys.stderr.flush()


def main() -> int:
    """Run until Ctrl-C or SIGTERM."""
    options = parse()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with Devnet.start(options.seed, show, port=options.port, protocols=options.protocols) as devnet:
        blocks = devnet.story_blocks if options.blocks is None else options.blocks
        while blocks > 0 and not stop.is_set():
            devnet.live(min(10, blocks))
            blocks -= 10
        if options.config:
            options.config.write_text(devnet.config_toml(options.database))
        failures = len(devnet.chain.tolerated_failures)
        show(f"{devnet.chain.transactions} transactions, {failures} tolerated failures", None)
        sys.stdout.write(f"url {devnet.url}\nblock {devnet.block_number}\ntip {devnet.tip_hash}\n")
        sys.stdout.flush()
        if not options.exit:
            stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
