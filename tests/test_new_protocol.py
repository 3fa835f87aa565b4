"""The skeleton of a new protocol has the whole interface, promises nothing, and leads to the guide."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.protocols._interface import Protocol, View
from scripts.new_protocol import STEPS, class_name, main

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "adding-a-protocol.md").read_text(encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """As much of a clone as the script needs."""
    for folder in ("indexer", "tests/protocols"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "_data"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_three_folders_are_written_and_the_line_is_printed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lake_v1", "--root", str(root)]) == 0
    folders = ("indexer/protocols/lake_v1", "abis/lake_v1", "tests/protocols/lake_v1")
    assert all(any((root / folder).iterdir()) for folder in folders)
    said = capsys.readouterr().out
    assert "from indexer.protocols.lake_v1.adapter import LakeV1\n" in said
    assert '    "lake_v1": LakeV1(),\n' in said


def test_every_method_is_there_and_promises_nothing(root: Path) -> None:
    main(["lake_v1", "--root", str(root)])
    for interface, file in ((Protocol, "adapter"), (View, "view")):
        found = functions(root / "indexer" / "protocols" / "lake_v1" / f"{file}.py")
        wanted = {name for name in vars(interface) if not name.startswith("_")}
        assert found.keys() - {"__init__"} == wanted
        for name in wanted:
            assert isinstance(found[name].body[-1], ast.Raise), f"{name} pretends"
            assert ast.get_docstring(found[name])


def test_it_is_in_the_projects_form(root: Path) -> None:
    main(["lake_v1", "--root", str(root)])
    written = ("indexer/protocols/lake_v1", "tests/protocols/lake_v1")
    for check in (("check",), ("format", "--check")):
        command = [sys.executable, "-m", "ruff", *check, "--no-cache", *written]
        ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - our own tool
        assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("name", ["Lake", "lake-v1", "1lake", "../lake", ""])
def test_a_name_that_cannot_be_one_is_refused(root: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(root), "--", name]) == 2
    assert "is no name" in capsys.readouterr().err


def test_nothing_is_overwritten(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["lake_v1", "--root", str(root)])
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert main(["lake_v1", "--root", str(root)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_names_of_classes() -> None:
    assert [class_name(name) for name in ("aave_v3", "maker")] == ["AaveV3", "Maker"]


def test_the_guide_has_every_method_in_its_step() -> None:
    sections = dict(re.findall(r"^## (\d+) .*?\n(.*?)(?=^## )", GUIDE, re.MULTILINE | re.DOTALL))
    for interface in (Protocol, View):
        steps = STEPS[interface.__name__]
        listed = [name for names in steps.values() for name in names.split()]
        assert sorted(listed) == sorted(name for name in vars(interface) if not name.startswith("_"))
        for step, names in steps.items():
            missing = [name for name in names.split() if name not in sections[str(step)]]
            assert missing == [], f"step {step} does not speak of {missing}"
