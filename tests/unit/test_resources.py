"""`abis/` and `db/` are found wherever the package stands; slow modules are loaded when they are used."""

import sys
from pathlib import Path

import pytest

from indexer import resources
from indexer.errors import ConfigurationError
from indexer.resources import folder, when_used


def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "indexer"
    package.mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", package)
    return package


@pytest.mark.parametrize("name", ["abis", "db"])
def test_in_this_installation(name: str) -> None:
    assert folder(name).is_dir()


def test_in_a_wheel_they_lie_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = installed(tmp_path, monkeypatch)
    (package / "_data" / "abis").mkdir(parents=True)
    (tmp_path / "abis").mkdir()
    assert folder("abis") == package / "_data" / "abis"


def test_in_a_clone_they_lie_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch)
    (tmp_path / "db").mkdir()
    assert folder("db") == tmp_path / "db"


def test_missing_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch)
    with pytest.raises(ConfigurationError, match="no abis/ folder: install the package again"):
        folder("abis")


def test_a_module_is_the_same_before_and_after_its_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    lazy = when_used("colorsys")
    assert when_used("colorsys") is lazy
    assert lazy.rgb_to_hsv(1.0, 0.0, 0.0) == (0.0, 1.0, 1.0)


def test_a_module_that_is_not_installed_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError, match="the installation has no collateral_crystal_ball"):
        when_used("collateral_crystal_ball")
