"""What the API answers: the top 100 at risk on one core, against the same endpoint as FastAPI's default with an ORM.

python scripts/bench/api.py [--accounts N] [--rounds N] [--seconds S] [--connections N]
                            [--clients N] [--blocks N] [--seed N] [--json]

Both servers run in processes of their own on the first core, one after the other under load; the load comes from the
last core. Both answer 100 rows of the same accounts over uvicorn with uvloop and httptools. Rounds alternate, figures
are medians of rounds. p99 is of answers while the server is saturated by all connections. Times are of this machine in
this run: read the ratios. The push half is explained in api_push.py.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import uvicorn

from indexer.api.house import build, chain_of
from indexer.book import Change
from indexer.cli import logs
from indexer.evm import BlockRef, address
from indexer.parts import CHAIN
from indexer.reports.accounts import all_accounts
from indexer.reports.face import Reader
from indexer.reports.snapshot import Asked
from indexer.settings import Settings
from indexer.store import BlockRecord, Head, HeadsSeen, Store, Token
from indexer.store import Deployment as StoredDeployment
from scripts.bench import api_push
from scripts.bench.api_default import PATH, build_default, fill
from scripts.bench.api_load import Load, load
from scripts.bench.chain_crowd import DECIMALS, DEPLOYMENTS, NOW, crowd

ROWS = 100
BLOCK = BlockRef(100, "0x" + "64" * 32, "0x" + "63" * 32, NOW)
_WARM_UP_S = 0.5


@dataclass(frozen=True)
class Report:
    """One flat object. `ratio_to_default` is how many times more requests a second than FastAPI's default."""

    requests_per_s: float
    ratio_to_default: float
    p99_ms: float
    push_p99_ms: float
    push_ratio: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of load in each round, for each server")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--clients", type=int, default=100, help="of the stream")
    parser.add_argument("--blocks", type=int, default=300, help="that are pushed to them")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", choices=tuple(SERVERS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve is not None:
        with on_core(0):
            SERVERS[options.serve](options.folder)
        return
    report = run(options)
    if options.json:
        sys.stdout.write(json.dumps(asdict(report)) + "\n")


def run(options: argparse.Namespace) -> Report:
    """Seed, start both servers, measure in alternating rounds; without --json draw the table."""
    with tempfile.TemporaryDirectory(prefix="api-bench-") as name:
        folder = Path(name)
        say(f"{options.accounts:,} accounts: making the stores")
        seed(folder, options.accounts, options.seed)
        ours: list[Load] = []
        default: list[Load] = []
        with serving("ours", folder) as (_, ours_at), serving("default", folder) as (_, default_at), on_core(-1):
            our_url, default_url = (f"{at}{PATH}?limit={ROWS}" for at in (ours_at, default_at))
            for number in range(options.rounds):
                say(f"round {number + 1} of {options.rounds}")
                for url, found in ((our_url, ours), (default_url, default)):
                    load(url, connections=options.connections, seconds=_WARM_UP_S)
                    found.append(load(url, connections=options.connections, seconds=options.seconds))
    say("the stream and a bare broadcast, block by block")
    push = api_push.measure(clients=options.clients, blocks=options.blocks)
    report = Report(
        median(one.requests_per_s for one in ours),
        median(one.requests_per_s for one in ours) / median(one.requests_per_s for one in default),
        median(one.p99_ms for one in ours),
        push.push_p99_ms,
        push.push_ratio,
    )
    if not options.json:
        draw(report, ours, default)
    return report


def draw(report: Report, ours: Sequence[Load], default: Sequence[Load]) -> None:
    """For people."""
    sys.stdout.write("                      requests/s    p99, ms   bytes an answer\n")
    for name, rounds in (("ours", ours), ("FastAPI's default", default)):
        rate, p99 = median(one.requests_per_s for one in rounds), median(one.p99_ms for one in rounds)
        sys.stdout.write(f"{name:<20} {rate:>12,.0f} {p99:>10.1f} {rounds[0].answer_bytes:>17,}\n")
    sys.stdout.write(f"{report.ratio_to_default:.1f} times the default\n")
    sys.stdout.write(f"push: p99 {report.push_p99_ms:.2f} ms, {report.push_ratio:.2f} bare broadcasts\n")


def seed(folder: Path, accounts: int, number: int) -> None:
    """The store that ours reads, and the table of the default: the same accounts."""
    book = crowd(accounts, number)
    book.set(CHAIN, "block_time_s", 12)
    heads = HeadsSeen(Head(BLOCK.number, BLOCK.hash), None, None, NOW)
    with Store.open(ours_of(folder)) as store:
        store.bind_chain(1)
        store.save_deployments(StoredDeployment(d.name, d.protocol, d.entry, 0) for d in DEPLOYMENTS)
        store.save_tokens(Token(address(asset), "TOKEN", decimals, None) for asset, decimals in DECIMALS.items())
        changes = [Change(entity, field, None, value) for entity, field, value in book.items()]
        store.commit([BlockRecord(BLOCK, True, changes)], BLOCK, heads, {d.name: BLOCK.number for d in DEPLOYMENTS})
    with Reader(ours_of(folder), Asked()) as reader, reader.snapshot() as snapshot:
        fill(default_of(folder), all_accounts(snapshot))


def ours_of(folder: Path) -> str:
    """Where the indexer's database is."""
    return f"sqlite:///{folder}/indexer.db"


def default_of(folder: Path) -> str:
    """Where the default's database is."""
    return f"sqlite:///{folder}/default.db"


@contextmanager
def serving(which: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, pinned to the first core, and where it answers."""
    command = [sys.executable, str(Path(__file__).resolve()), "--serve", which, "--folder", str(folder)]
    root = Path(__file__).resolve().parents[2]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INDEXER_")}
    path = os.pathsep.join([str(root), *filter(None, [kept.get("PYTHONPATH")])])
    environment, pipe = {**kept, "PYTHONPATH": path}, subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)
    try:
        line = process.stdout.readline().strip() if process.stdout else ""
        if not line:
            raise RuntimeError(f"the server {which} did not start")
        yield process, line
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        for pipe_end in (process.stdin, process.stdout):
            if pipe_end is not None:
                pipe_end.close()


@contextmanager
def on_core(index: int) -> Iterator[None]:
    """Keep this process on one core, where the system can do that: 0 is the first, -1 the last."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(before)[index]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def serve_ours(folder: Path) -> None:
    """The API as `indexer serve` has it, until SIGTERM."""
    settings = Settings.model_validate({"database": {"url": ours_of(folder)}, "api": {"port": 0}, "builtin": False})
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    logs.configure("warning", "console")
    with Store.open(settings.database.url, create=False) as store:
        house = build(settings, store, chain_id=chain_of(store))
        house.doors.current.advance()
        house.start()
        sys.stdout.write(house.server.url + "\n")
        sys.stdout.flush()
        house.run(stop)


def serve_default(folder: Path) -> None:
    """The reference, until SIGTERM."""
    bound = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{bound.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(build_default(default_of(folder)), access_log=False, log_level="warning")
    uvicorn.Server(config).run(sockets=[bound])


SERVERS: dict[str, Callable[[Path], None]] = {"ours": serve_ours, "default": serve_default}


def say(line: str) -> None:
    """Progress, for people."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
