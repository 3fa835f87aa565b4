"""The project works where it is installed: as a wheel far from any checkout, and as an editable install."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.install

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("indexer", "abis", "db", "pyproject.toml", "README.md", "LICENSE")
PROBE = """
import json, sys
import indexer.cli, indexer.protocols._registry, indexer.reports.verify, indexer.sync.engine
from indexer import open_store, resources
from indexer.store import Store
Store.open("sqlite:///made.db").close()
with open_store("sqlite:///made.db") as reader:
    chain_id = reader.chain_id
ours = [module for name, module in sys.modules.items() if name.partition(".")[0] == "indexer"]
print(json.dumps({
    "modules": sorted({module.__file__ for module in ours if module.__file__}),
    "abis": sorted(str(path) for path in resources.folder("abis").glob("*/*.json")),
    "db": str(resources.folder("db")),
    "chain_id": chain_id,
    "path": sys.path,
}))
"""


@dataclass(frozen=True)
class Environment:
    """A virtual environment outside the checkout that holds what run.lock names, and nothing of ours yet."""

    folder: Path

    def run(self, *command: str | Path) -> str:
        """Run one of its programs in an empty folder, with no settings of ours; its stdout."""
        elsewhere = self.folder / "elsewhere"
        shutil.rmtree(elsewhere, ignore_errors=True)
        elsewhere.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("INDEXER_", "PYTHON"))}
        program, *arguments = command
        said = subprocess.run(  # noqa: S603 - our own environment
            [self.folder / "venv" / "bin" / program, *arguments],
            cwd=elsewhere,
            env=kept,
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stderr + said.stdout
        return said.stdout

    def pip(self, *arguments: str | Path) -> None:
        """Run its pip, on which no step here may prompt."""
        self.run("python", "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", *arguments)

    def probe(self) -> dict[str, Any]:
        """Make a database, read it, and tell where everything came from."""
        found: dict[str, Any] = json.loads(self.run("python", "-c", PROBE))
        return found


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)  # noqa: S603
    made = Environment(folder)
    made.pip("install", "--no-compile", "--require-hashes", "-r", ROOT / "requirements" / "run.lock")
    return made


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a build needs, copied: a build in the checkout would leave files there."""
    copied = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copied / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copied)
    return copied


@pytest.fixture
def installed_wheel(environment: Environment, sources: Path, tmp_path: Path) -> Path:
    """A wheel, built offline by what the lock holds and installed; afterwards its sources are hidden."""
    environment.pip("wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, sources)
    (wheel,) = tmp_path.glob("*.whl")
    environment.pip("install", "--no-index", "--no-deps", wheel)
    return wheel


def is_under(path: str, folder: Path) -> bool:
    return Path(path).resolve().is_relative_to(folder.resolve())


def test_a_wheel_runs_and_migrates_without_the_checkout(environment: Environment, installed_wheel: Path) -> None:
    del installed_wheel
    environment.pip("check")
    assert environment.run("indexer", "--version").startswith("indexer ")
    assert "at-risk" in environment.run("python", "-m", "indexer", "--help")
    found = environment.probe()
    assert len(found["modules"]) > 50
    for path in [*found["modules"], *found["abis"], found["db"]]:
        assert is_under(path, environment.folder / "venv"), path
    assert not [path for path in found["path"] if is_under(path or ".", ROOT) and path]
    assert len(found["abis"]) == len(list((ROOT / "abis").glob("*/*.json")))
    assert found["chain_id"] is None


def test_a_wheel_holds_the_package_and_its_data_only(installed_wheel: Path) -> None:
    names = zipfile.ZipFile(installed_wheel).namelist()
    folders = {name.partition("/")[0] for name in names}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {"indexer"}
    assert "indexer/py.typed" in names
    for kept in (*sorted((ROOT / "db" / "views").glob("*.sql")), *sorted((ROOT / "abis").glob("*/*"))):
        assert f"indexer/_data/{kept.relative_to(ROOT).as_posix()}" in names
    for template in (ROOT / "indexer" / "reports" / "health" / "templates").iterdir():
        assert f"indexer/reports/health/templates/{template.name}" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".db", ".lock"))]


def test_an_editable_install_runs_and_migrates(environment: Environment, sources: Path) -> None:
    environment.pip("install", "--no-index", "--no-deps", "--no-build-isolation", "--editable", sources)
    assert environment.run("indexer", "--version").startswith("indexer ")
    found = environment.probe()
    for path in [*found["modules"], *found["abis"], found["db"]]:
        assert is_under(path, sources), path
