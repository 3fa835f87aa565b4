"""[alerts]: rules with all they need, faults as one line, and URLs that nothing repeats."""

import os
import re
import tomllib
from pathlib import Path

import pytest

from indexer.errors import ConfigurationError
from indexer.reports.alerts.rules import Figure, Kind
from indexer.risk.alerting import Patience
from indexer.settings import Settings, load
from indexer.settings.alerts import AlertRuleSettings
from indexer.words import State

PAGE = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
RULE = '[[alerts.rules]]\nname = "r"\nkind = "{}"\n'


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside, and a folder without a configuration."""
    for name in os.environ:
        if name.startswith("INDEXER_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def loaded(text: str) -> Settings:
    path = Path("own.toml")
    path.write_text(text)
    return load(path)


def test_a_rule_has_what_it_says_and_the_rest_of_the_section() -> None:
    text = '[alerts]\nto = ["slack://a/b/c"]\nwebhooks = ["https://w/1"]\ncooldown_s = 7\n' + RULE.format("state")
    own = loaded(text + 'states = ["unknown"]\ngrowth = 3.0\n' + RULE.format("sync_lag").replace('"r"', '"s"')
                 + 'above_s = 60\nwebhooks = ["https://w/2"]\n').alerts  # fmt: skip
    first, second = own.watched()
    assert (first.kind, first.states, first.patience) == (Kind.STATE, (State.UNKNOWN,), Patience(7, 3.0))
    assert [target.url for target in first.targets] == ["slack://a/b/c", "https://w/1"]
    assert (second.above_s, [target.url for target in second.targets]) == (60, ["https://w/2"])
    assert [target.url for target in own.targets()] == ["slack://a/b/c", "https://w/1", "https://w/2"]


def test_targets_and_rules_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEXER_ALERTS__TO", "mailto://u:p@host?to=a,b slack://x")
    monkeypatch.setenv("INDEXER_ALERTS__WEBHOOKS", '["https://w/1"]')
    monkeypatch.setenv("INDEXER_ALERTS__RULES", '[{"name": "r", "kind": "state"}]')
    (own,) = load().alerts.watched()
    assert [target.url for target in own.targets] == ["mailto://u:p@host?to=a,b", "slack://x", "https://w/1"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            RULE.format("state") + "min_dept_usd = 1\n",
            "unknown key [[alerts.rules]] number 1: min_dept_usd; did you mean min_debt_usd?",
        ),
        ("[alerts]\nevry_s = 1\n", "unknown key [alerts] evry_s; did you mean every_s?"),
        (RULE.format("stat"), "[[alerts.rules]] number 1: kind: Input should be 'state', "),
        (RULE.format("sync_lag"), "[[alerts.rules]] number 1: a rule of kind sync_lag needs above_blocks or above_s"),
        (RULE.format("solvency"), "needs figure (bad_debt_usd, "),
        (RULE.format("sync_lag") + "min_debt_usd = 1\n", "of kind sync_lag has no min_debt_usd; it has above_blocks"),
        (RULE.format("state") + 'states = ["healthy"]\n', "[[alerts.rules]] number 1: states"),
        (RULE.format("state") * 2, "[[alerts.rules]] has the name 'r' twice"),
        ("[alerts]\ngrowth = 1.0\n", "[alerts] growth: Input should be greater than 1"),
        ('[alerts]\nto = ["s3cret"]\n', "[alerts] to"),
        ('[alerts]\nwebhooks = ["ftp://s3cret"]\n', "an entry is no http or https URL"),
        (RULE.format("state") + 'webhooks = ["ftp://s3cret"]\n', "[[alerts.rules]] number 1: webhooks"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_without_what_was_given(text: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        loaded(text)
    line = str(raised.value)
    assert says in line
    assert "\n" not in line
    assert "s3cret" not in line


def test_no_repr_shows_a_url() -> None:
    text = '[alerts]\nto = ["slack://s3cret/b"]\n' + RULE.format("state") + 'webhooks = ["https://h/s3cret"]\n'
    own = loaded(text)
    assert "s3cret" not in repr(own) + repr(own.alerts) + repr(own.alerts.watched()) + repr(own.alerts.targets())


class TestThePage:
    @pytest.mark.parametrize("text", EXAMPLES)
    def test_its_examples_are_accepted(self, text: str) -> None:
        assert Settings(**tomllib.loads(text)).alerts.watched()

    def test_it_names_every_key_of_a_rule_in_order(self) -> None:
        rows = PAGE.partition("| key of a rule |")[2].partition("\n\n")[0]
        assert re.findall(r"^\| `(\w+)`", rows, re.MULTILINE) == list(AlertRuleSettings.model_fields)

    @pytest.mark.parametrize("word", [*Kind, *Figure])
    def test_it_names_every_kind_and_figure(self, word: str) -> None:
        assert f"`{word}`" in PAGE
