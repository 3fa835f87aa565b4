"""Draw the README's picture again, from a real run: `python -m scripts.pictures`.

Lives the devnet's story (seed 7), lets ether fall, syncs, and exports what `indexer at-risk` shows as
docs/pictures/at-risk.svg. It also shows what the README quotes: an explanation, and `verify`.
"""

import json
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from indexer.cli.tables.accounts import draw_at_risk
from scripts.devnet import Devnet

SEED = 7
FALL_BPS = 250
QUESTION = ("at-risk", "--min-debt", "1000", "--limit", "12")
WIDTH = 112
PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "at-risk.svg"
_FONT_FROM_A_HOST = re.compile(r"@font-face\s*\{\{.*?\}\}", re.DOTALL)


def ask(folder: Path, *arguments: str) -> str:
    """Run `indexer …` in the folder; its stdout. Raises CalledProcessError."""
    command = [sys.executable, "-m", "indexer", *arguments]
    environment = {"PATH": "", "PYTHONPATH": str(PICTURE.parents[2]), "COLUMNS": str(WIDTH)}
    return subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def draw(answer: dict[str, Any]) -> str:
    """The table as SVG that loads nothing from anywhere."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True, highlight=False, emoji=False)
    console.print(draw_at_risk(answer), crop=False)
    text = console.export_svg(title=" ".join(("indexer", *QUESTION)), theme=DIMMED_MONOKAI, code_format=_format())
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _format() -> str:
    return _FONT_FROM_A_HOST.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code", "ui-monospace, Menlo, Consolas")


def main() -> int:
    """Live, sync, ask, draw."""
    with tempfile.TemporaryDirectory() as name, Devnet.start(seed=SEED) as devnet:
        folder = Path(name)
        devnet.live_all()
        devnet.crash("WETH", FALL_BPS)
        (folder / "indexer.toml").write_text(devnet.config_toml("sqlite:///indexer.db"))
        ask(folder, "--quiet", "sync", "--once")
        answer = json.loads(ask(folder, *QUESTION, "--format", "json"))
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        PICTURE.write_text(draw(answer))
        sys.stdout.write(ask(folder, *QUESTION, "--format", "table"))
        example = next(row["account"] for row in answer["accounts"] if row["state"] == "liquidatable")
        sys.stdout.write(ask(folder, "explain", example, "--format", "table"))
        sys.stdout.write(ask(folder, "verify", "--all", "--format", "table"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
