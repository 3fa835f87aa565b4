"""The tour's chapters in order."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from indexer import open_store
from scripts.demo_tour.crash import LiveList
from scripts.demo_tour.doors import DoorsTour
from scripts.demo_tour.processes import in_background
from scripts.demo_tour.stage import Stage
from scripts.demo_tour.watch import best_bonus
from scripts.devnet import Devnet
from scripts.devnet.anvil import free_port

DATABASE = "indexer.db"
FIRST_ROWS = "15"
CRASH_SECONDS_A_BLOCK = 1.5
LIFE_SECONDS_A_BLOCK = 3.0


class Tour:
    """One tour, on a chain of its own."""

    def __init__(self, stage: Stage, seed: int, port: int | None, protocols: Sequence[str]) -> None:
        self._stage = stage
        self._seed = seed
        self._port = port
        self._protocols = protocols
        self._api_port = free_port()

    @property
    def _database(self) -> Path:
        return self._stage.folder / DATABASE

    @property
    def _api(self) -> str:
        return f"http://127.0.0.1:{self._api_port}"

    def run(self, *, follow: bool) -> None:
        """All chapters; with `follow` the chain then lives on until Ctrl-C."""
        stage = self._stage
        with stage.devnet_progress() as report:
            stage.chapter(
                "A chain of its own",
                "Real lending markets on real Chainlink feeds, and a seeded life: Aave V3 (3.0.2 and 3.6), Aave V2, "
                "Venus isolated pools and Morpho Blue.",
            )
            devnet = Devnet.start(self._seed, report, port=self._port, protocols=self._protocols)
            try:
                devnet.live_all()
            except BaseException:
                devnet.stop()
                raise
        with devnet:
            stage.say(f"The chain stands at block {devnet.block_number}, at {devnet.url}.")
            self._write_settings(devnet)
            self._backfill()
            self._live(devnet, follow=follow)

    def _write_settings(self, devnet: Devnet) -> None:
        self._stage.folder.mkdir(parents=True, exist_ok=True)
        for suffix in ("", "-wal", "-shm"):
            self._database.with_name(DATABASE + suffix).unlink(missing_ok=True)
        settings = (
            devnet.config_toml(f"sqlite:///{DATABASE}")
            + f"\n[schedule]\npoll_s = 0.3\n\n[api]\nport = {self._api_port}\n"
        )
        (self._stage.folder / "indexer.toml").write_text(settings)

    def _backfill(self) -> None:
        stage = self._stage
        stage.chapter(
            "Backfill, then the watch list",
            f"The settings name the chain: {_shown(stage.folder)}/indexer.toml. The commands below run in that folder.",
        )
        stage.command("sync", "--once")
        stage.table("at-risk", "--limit", FIRST_ROWS)
        stage.say(f"[dim]First table {stage.seconds} s after the command was typed.[/]")

    def _live(self, devnet: Devnet, *, follow: bool) -> None:
        stage = self._stage
        stage.chapter(
            "Prices crash",
            "`indexer run` follows in the background. The list below is read from its database after every block, as "
            "a bot would:\n[dim]open_store(url).at_risk(below=1.05)[/]. ▲ entered, ● changed its state, ▼ left.\n",
        )
        url = f"sqlite:///{self._database}"
        with in_background(("run",), stage.folder) as follower, open_store(url) as reader:
            live = LiveList(stage, devnet, reader, follower)
            live.crash(CRASH_SECONDS_A_BLOCK)
            account = self._explain()
            self._verify()
            DoorsTour(stage, devnet, self._api, follower).show()
            self._go_on(account, follow=follow)
            if follow:
                with suppress(KeyboardInterrupt):
                    live.follow(LIFE_SECONDS_A_BLOCK)
                stage.say("\nStopped: the chain and the follower. The database stays.")

    def _explain(self) -> str:
        """Explain the account whose liquidation would earn most; its address."""
        with open_store(f"sqlite:///{self._database}") as reader:
            markets_of = Counter(row["account"] for row in reader.accounts())
            rows = reader.at_risk(executable=True) or reader.at_risk()
        # Someone with positions on one market only explains quicker.
        best = max(rows, key=lambda row: (-markets_of[row["account"]], best_bonus(row) or 0.0))
        account = str(best["account"])
        self._stage.chapter(
            "One account, step by step", "From scaled balances to the health factor, beside the contract's own answer."
        )
        self._stage.table("explain", account)
        return account

    def _verify(self) -> None:
        self._stage.chapter(
            "Every integer against the contracts",
            "An independent path (web3 and eth-abi) asks the contract about every account at the same block hash.",
        )
        self._stage.table("verify", "--all")

    def _go_on(self, account: str, *, follow: bool) -> None:
        stage = self._stage
        stage.chapter(
            "Go on",
            "In a second terminal, while the chain lives:" if follow else "The database stays; reading needs no node:",
        )
        here = [
            "source .venv/bin/activate && cd " + _shown(stage.folder),
            "indexer at-risk --executable --sort bonus",
            f"indexer account {account}",
            "indexer at-risk --format json",
            "indexer solvency",
            "indexer --help",
        ]
        if follow:
            here += [f"curl -N {self._api}/v1/stream", f"python ../../docs/examples/bot.py {self._api}/v1/stream"]
        stage.say("\n".join(f"  [bold]{line}[/]" for line in here))
        stage.say(
            "\nThe same program on a real node: one environment variable, in any folder without an indexer.toml\n"
            "  [bold]INDEXER_NODE__URL=<your node's address> indexer sync[/]\n"
            "Without an archive node start at the head: [bold]indexer sync --from head[/]"
        )
        if follow:
            stage.say("\nThe chain lives on, a block every few seconds, until Ctrl-C.\n")
        else:
            stage.say(f"\n[dim]The tour took {stage.seconds} s. Without --exit it follows the chain until Ctrl-C.[/]")


def _shown(folder: Path) -> str:
    """A folder as seen from the checkout."""
    checkout = Path(__file__).resolve().parents[2]
    return str(folder.relative_to(checkout) if folder.is_relative_to(checkout) else folder)
