"""What the program has is documented, and what is documented the program has."""

import re
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from indexer import units, words
from indexer.cli.app import NAMES, app_with
from indexer.protocols.aave_v3.revisions import RULES, rules_for
from indexer.settings import Settings
from indexer.store.tables import METADATA
from tests.unit.api.doors import small_house
from tests.unit.reports.stored import LIQUIDATABLE, changes_of, write_store

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "db" / "schema.md",
         ROOT / "scripts" / "devnet" / "README.md"]  # fmt: skip
COMMANDS = typer.main.get_command(app_with(NAMES))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def subcommands() -> dict[str, Any]:
    return dict(COMMANDS.commands)  # type: ignore[attr-defined]


def options_of(command: Any) -> set[str]:
    return {name for param in command.params if param.param_type_name == "option" for name in param.opts}


def blocks(text: str, language: str) -> list[str]:
    return [found[2] for found in FENCE.finditer(text) if found[1] == language]


def section(text: str, title: str) -> str:
    """What stands under `## title`; empty when there is no such section."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


class TestCommands:
    def test_the_readmes_table_is_the_list_of_commands_in_the_order_of_help(self) -> None:
        listed = re.findall(r"^\| `indexer ([a-z-]+)", section(README, "Commands"), re.MULTILINE)
        assert listed == list(subcommands())

    @pytest.mark.parametrize("name", list(subcommands()))
    def test_every_option_is_documented(self, name: str) -> None:
        text = page("commands.md")
        shared = section(text, "Options that several commands share") + section(text, "Before the command")
        here = set(re.findall(r"`(--[a-z-]+)", section(text, name)))
        for option, of in re.findall(r"^\| `(--[a-z-]+)[^|]*(?:\\\|[^|]*)*\| ([^|]+) \|", shared, re.MULTILINE):
            if name in of.split(", ") or of == "all that answer":
                here.add(option)
        assert options_of(subcommands()[name]) - here == set()

    def test_every_option_before_the_command_is_documented(self) -> None:
        documented = set(re.findall(r"`(--?[a-z-]+)", section(page("commands.md"), "Before the command")))
        assert options_of(COMMANDS) - documented == set()

    def test_every_documented_command_and_option_exists(self) -> None:
        wrong = [line for line in documented_commands() if not exists(line)]
        assert wrong == []

    def test_there_are_documented_commands_to_check(self) -> None:
        assert len(list(documented_commands())) > 20

    @pytest.mark.parametrize(
        ("line", "known"),
        [
            ("indexer sync --once", True),
            ("indexer at-risk --sort bonus", True),
            ("indexer --config x sync", True),
            ("indexer at-rsk", False),
            ("indexer sync --twice", False),
        ],
    )
    def test_a_wrong_command_is_seen(self, line: str, known: bool) -> None:
        assert exists(line) is known


def documented_commands() -> Iterator[str]:
    """Every `indexer …` in backquotes or shell blocks of the pages."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        yield from re.findall(r"`((?:\.venv/bin/)?indexer [^`\n]+)`", text)
        for block in blocks(text, "sh"):
            yield from re.findall(r"^(?:\.venv/bin/)?indexer [^#\n]+", block, re.MULTILINE)


def exists(line: str) -> bool:
    words_of_line = line.split()[1:]
    options = {word.partition("=")[0] for word in words_of_line if word.startswith("--")}
    named = [word for word in words_of_line if word in subcommands()]
    if not named:
        return bool(options) and options <= options_of(COMMANDS)
    known = options_of(subcommands()[named[0]]) | options_of(COMMANDS) | {"--help"}
    return options <= known


class TestConfiguration:
    def keys(self) -> Iterator[tuple[str, str, object]]:
        """(key as the page writes it, environment variable, default)."""
        for name, field in Settings.model_fields.items():
            models = [kind for kind in (field.annotation, *get_args(field.annotation)) if is_section(kind)]
            if not models:
                yield name, f"INDEXER_{name}".upper(), field.default
            for model in models:
                listed = bool(get_args(field.annotation))
                for key, own in model.model_fields.items():
                    shown = f"[[{name}]] {key}" if listed else f"[{name}] {key}"
                    variable = f"INDEXER_{name}" if listed else f"INDEXER_{name}__{key}"
                    yield shown, variable.upper(), own.default

    def test_the_table_is_the_list_of_keys(self) -> None:
        rows = re.findall(r"^\| `([^`]+)` \| [^|]+ \| ([^|]+) \| `([^`]+)` \|", page("configuration.md"), re.MULTILINE)
        assert [(key, variable) for key, _, variable in rows] == [(key, name) for key, name, _ in self.keys()]
        shown = {key: default for key, default, _ in rows}
        for key, _, default in self.keys():
            if default is PydanticUndefined:
                assert shown[key] == "required"
            elif default not in (None, []):
                text = str(default).lower() if isinstance(default, bool) else str(default)
                assert shown[key] == f"`{text}`"

    @pytest.mark.parametrize("text", [*blocks(README, "toml"), *blocks(page("configuration.md"), "toml")])
    def test_the_examples_are_accepted(self, text: str) -> None:
        assert Settings(**tomllib.loads(text)).deployments[0].name == "aave_v3_main"


def is_section(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


class TestApi:
    @pytest.fixture
    def document(self, tmp_path: Path) -> Iterator[dict[str, Any]]:
        house = small_house(tmp_path)
        yield house.json("/v1/openapi.json")
        house.store.close()

    def test_the_page_s_table_is_the_list_of_endpoints(self, document: dict[str, Any]) -> None:
        listed = re.findall(r"^\| `(/v1/[^`?]*)[^`]*` \|", section(page("api.md"), "Endpoints"), re.MULTILINE)
        assert sorted(listed) == sorted([*document["paths"], "/v1/openapi.json"])

    def test_every_parameter_is_documented_and_every_documented_one_is_there(self, document: dict[str, Any]) -> None:
        text = section(page("api.md"), "Parameters")
        told = {
            (name, path)
            for names, paths in re.findall(r"^\| (`[^|]+) \| ([^|]+) \| ", text, re.MULTILINE)
            for name in re.findall(r"`(\w+)`", names)
            for path in paths.strip().split(", ")
        }
        there = {
            (each["name"], short_name(path))
            for path, item in document["paths"].items()
            for each in item["get"].get("parameters", ())
            if each["in"] == "query"
        }
        assert told == there

    def test_every_example_is_a_question_that_may_be_asked(self, tmp_path: Path) -> None:
        house = small_house(tmp_path)
        asked = re.findall(r"^curl [^\n]*?'?http://127\.0\.0\.1:\d+(/[^\s']*)", page("api.md"), re.MULTILINE)
        assert len(asked) > 10
        for path in asked:
            told = house.get(path)
            assert told.status_code in {200, 404}, (path, told.text)  # this small store has other accounts and blocks
            assert told.json().get("error", {}).get("hint") is None, path
        house.store.close()


def short_name(path: str) -> str:
    """`explain` for /v1/accounts/{address}/explain, `account` for what is about one."""
    first, *rest = path.removeprefix("/v1/").split("/")
    return rest[-1] if len(rest) > 1 else first.removesuffix("s") if rest else first


class TestLinks:
    @pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
    def test_internal_links_resolve(self, path: Path) -> None:
        text = FENCE.sub("", path.read_text(encoding="utf-8"))
        links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
        assert [link for link in links if not resolves(path, link)] == []

    def test_decisions_are_numbered_without_gaps_and_have_their_parts(self) -> None:
        paths = sorted((ROOT / "docs" / "decisions").glob("*.md"))
        assert [path.name[:4] for path in paths] == [f"{number:03}-" for number in range(1, len(paths) + 1)]
        for path in paths:
            text = path.read_text(encoding="utf-8")
            assert text.startswith(f"# {path.name[:3]} ")
            for part in ("Context", "Decision", "Alternatives, and why not"):
                assert section(text, part).strip(), f"{path.name} has no {part}"


def resolves(path: Path, link: str) -> bool:
    target, _, anchor = link.partition("#")
    found = (path.parent / target).resolve() if target else path
    if not found.exists():
        return False
    return not anchor or anchor in anchors(found.read_text(encoding="utf-8"))


def anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


class TestWords:
    @pytest.mark.parametrize("word", [*words.State, *words.Reason, *words.Gate])
    def test_every_state_reason_and_gate_is_in_the_glossary(self, word: str) -> None:
        assert f"`{word}`" in page("glossary.md")

    def test_the_revisions_are_those_of_the_code(self) -> None:
        rows = re.findall(r"^\| ([\d, ]+) \| ([\d., ]+) \| (yes|no) \|", page("glossary.md"), re.MULTILINE)
        listed = {int(number): support == "yes" for numbers, _, support in rows for number in numbers.split(", ")}
        assert listed == {revision: rules_for(revision) is not None for revision in RULES}

    def test_the_schema_page_names_every_table_and_column(self) -> None:
        text = (ROOT / "db" / "schema.md").read_text(encoding="utf-8")
        for table in METADATA.sorted_tables:
            described = text.partition(f"### `{table.name}`\n")[2].partition("\n### ")[0]
            assert {c.name for c in table.columns} == set(re.findall(r"^\| `(\w+)` \|", described, re.MULTILINE))

    def test_units_of_the_glossary_are_the_codes(self) -> None:
        assert (units.WAD, units.RAY, units.PERCENTAGE_FACTOR) == (10**18, 10**27, 10_000)


def test_the_python_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_store(f"sqlite:///{tmp_path}/indexer.db", changes_of())
    monkeypatch.chdir(tmp_path)
    said = StringIO()
    with redirect_stdout(said):
        exec(compile(blocks(README, "python")[0], "README.md", "exec"), {})  # noqa: S102
    assert said.getvalue().splitlines()[0] == f"{LIQUIDATABLE} liquidatable 970588235294117647"
