"""Protocols registered by other packages: loaded late and once, and one clear line where that cannot be."""

import sys
from pathlib import Path

import pytest

from indexer.errors import ConfigurationError
from indexer.protocols._registry import every, named, names
from tests.protocols.toy.outside import install, install_pond, on_path


def test_it_is_known_by_name_and_loaded_when_used(tmp_path: Path) -> None:
    install_pond(tmp_path)
    with on_path(tmp_path):
        assert "pond" in names()
        assert "pond.adapter" not in sys.modules
        assert named("pond") is named("pond")
        assert "pond.adapter" in sys.modules
        assert set(every()) == set(names())
    assert "pond" not in names()
    with pytest.raises(ConfigurationError, match=r"unknown protocol 'pond': known are .*aave_v3"):
        named("pond")


def test_a_built_in_name_stays_built_in(tmp_path: Path) -> None:
    install(tmp_path, "impostor", {"aave_v3": "impostor:Aave"})
    with on_path(tmp_path):
        assert type(named("aave_v3")).__module__ == "indexer.protocols.aave_v3.adapter"
        with pytest.raises(ConfigurationError, match="the package impostor registers the protocol 'aave_v3', which is"):
            every()


def test_two_packages_of_one_name_are_refused(tmp_path: Path) -> None:
    install(tmp_path, "one", {"pond": "one:Pond"})
    install(tmp_path, "two", {"pond": "two:Pond"})
    with on_path(tmp_path), pytest.raises(ConfigurationError, match="two packages register the protocol 'pond'"):
        named("pond")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (
            "raise RuntimeError('no\\nluck')",
            "of the package broken cannot be used: RuntimeError: no; mend or uninstall",
        ),
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("class Other: pass", "AttributeError"),
        ("class Broken:\n    name = 'broken'", "it has no addresses, also_read, apply_heal, "),
        ("class Broken:\n    def __init__(self): raise OSError('disk')", "OSError: disk"),
        ("class Broken:\n    name = 'other'\n    def __getattr__(self, _): return None", "it calls itself 'other'"),
    ],
    ids=["raises", "imports", "lacks", "incomplete", "constructor", "name"],
)
def test_a_broken_package_is_one_line(tmp_path: Path, source: str, why: str) -> None:
    (tmp_path / "broken_protocol.py").write_text(source)
    install(tmp_path, "broken", {"broken": "broken_protocol:Broken"})
    with on_path(tmp_path):
        for ask in (lambda: named("broken"), every):
            with pytest.raises(ConfigurationError) as caught:
                ask()
            assert why in str(caught.value)
            assert "\n" not in str(caught.value)
