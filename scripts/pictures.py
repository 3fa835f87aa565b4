"""Draw the pictures of the pages again, from real runs: `python -m scripts.pictures [at-risk] [chains] [report]`.

`at-risk` lives the devnet's common story (seed 7), lets ether fall, syncs, and exports what `indexer at-risk` shows as
docs/pictures/at-risk.svg. It also shows what the README quotes: an explanation, and `verify`. `chains` lives the
collateral chains alone, and has `indexer chains` draw docs/pictures/chains-owner.svg and chains-protocols.svg.
`report` lives everything, and takes docs/pictures/report-light.png, -dark and -phone of `indexer report` in the
Chromium on PATH.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import sync_playwright
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from indexer.cli.tables.accounts import draw_at_risk
from scripts.devnet import Devnet
from scripts.devnet.chains import extension_of
from scripts.devnet.chains_plan import STATIC_CHAIN

SEED = 7
FALL_BPS = 250
QUESTION = ("at-risk", "--min-debt", "1000", "--limit", "12")
CHAINED = ("morpho_blue", "chains")
WIDTH = 112
LIFE = 40
SHOTS: tuple[tuple[str, Literal["light", "dark"], int, int], ...] = (
    ("light", "light", 1100, 1750),
    ("dark", "dark", 1100, 1750),
    ("phone", "light", 390, 1750),
)
PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
_FONT_FROM_A_HOST = re.compile(r"@font-face\s*\{\{.*?\}\}", re.DOTALL)


def ask(folder: Path, *arguments: str) -> str:
    """Run `indexer …` in the folder; its stdout. Raises CalledProcessError."""
    command = [sys.executable, "-m", "indexer", *arguments]
    environment = {"PATH": "", "PYTHONPATH": str(PICTURES.parents[1]), "COLUMNS": str(WIDTH)}
    return subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def draw(answer: dict[str, Any]) -> str:
    """The table as SVG that loads nothing from anywhere."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True, highlight=False, emoji=False)
    console.print(draw_at_risk(answer), crop=False)
    text = console.export_svg(title=" ".join(("indexer", *QUESTION)), theme=DIMMED_MONOKAI, code_format=_format())
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _format() -> str:
    return _FONT_FROM_A_HOST.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code", "ui-monospace, Menlo, Consolas")


def at_risk() -> None:
    """Live, crash, sync, ask, draw."""
    with tempfile.TemporaryDirectory() as name, Devnet.start(seed=SEED, protocols=()) as devnet:
        folder = Path(name)
        devnet.live_all()
        devnet.crash("WETH", FALL_BPS)
        sync(devnet, folder)
        answer = json.loads(ask(folder, *QUESTION, "--format", "json"))
        keep("at-risk", draw(answer))
        sys.stdout.write(ask(folder, *QUESTION, "--format", "table"))
        example = next(row["account"] for row in answer["accounts"] if row["state"] == "liquidatable")
        sys.stdout.write(ask(folder, "explain", example, "--format", "table"))
        sys.stdout.write(ask(folder, "verify", "--all", "--format", "table"))


def chains() -> None:
    """Live, sync, and let `indexer chains` draw: one owner, and protocol on protocol."""
    with (
        tempfile.TemporaryDirectory() as name,
        Devnet.start(seed=SEED, protocols=CHAINED, common=False) as devnet,
    ):
        folder = Path(name)
        devnet.live_all()
        sync(devnet, folder)
        owner = extension_of(devnet).stage.who(STATIC_CHAIN)
        keep("chains-owner", ask(folder, "chains", "--owner", owner, "--format", "svg"))
        keep("chains-protocols", ask(folder, "chains", "--format", "svg"))
        sys.stdout.write(ask(folder, "chains", "--owner", owner, "--format", "table"))
        sys.stdout.write(ask(folder, "chains", "--format", "table"))


def report() -> None:
    """Live all protocols, let ether fall between two reports, and look at the second in Chromium."""
    with tempfile.TemporaryDirectory() as name, Devnet.start(seed=SEED) as devnet:
        folder = Path(name)
        devnet.live_all()
        devnet.live(LIFE)
        sync(devnet, folder)
        ask(folder, "report", "--out", "reports")
        devnet.crash("WETH", FALL_BPS)
        ask(folder, "--quiet", "sync", "--once")
        ask(folder, "verify", "--sample", "50", "--format", "json")
        page = folder / "report.html"
        page.write_text(ask(folder, "report", "--format", "html"), encoding="utf-8")
        photograph(page)


def photograph(page: Path) -> None:
    """The beginning of the page in light, in dark, and on a phone. Raises RuntimeError without a Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("there is no chromium on PATH: install Debian's package of that name")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, scheme, width, height in SHOTS:
            opened = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            opened.goto(page.as_uri())
            opened.screenshot(path=PICTURES / f"report-{name}.png")
        browser.close()


def sync(devnet: Devnet, folder: Path) -> None:
    """Fill a database in the folder."""
    (folder / "indexer.toml").write_text(devnet.config_toml("sqlite:///indexer.db"))
    ask(folder, "--quiet", "sync", "--once")


def keep(name: str, picture: str) -> None:
    """Write the picture where the pages look for it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.svg").write_text(picture)


MADE: Mapping[str, Callable[[], None]] = {"at-risk": at_risk, "chains": chains, "report": report}


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw those that are named; all, where none is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(MADE)}; all without a name")
    names = parser.parse_args(arguments).names
    unknown = sorted(set(names) - set(MADE))
    if unknown:
        parser.error(f"no such picture: {', '.join(unknown)}; there are: {', '.join(MADE)}")
    for name in names or MADE:
        MADE[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
