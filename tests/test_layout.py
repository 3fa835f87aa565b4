"""The shape of the project: short files and functions, imports at the top, a folder a protocol, sources named."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.protocols._registry import PROTOCOLS
from tests.conftest import LONGEST

ROOT = Path(__file__).parent.parent
MOST_LINES = 400
MOST_FUNCTION_LINES = 50
LONG_FILES: dict[str, str] = {}
"""Path to the reason why it may be longer than 400 lines (150 is the aim)."""
LONG_FUNCTIONS = dict.fromkeys(
    (
        "tests/protocols/aave_v3/reference_v3_0.py liquidationCall",
        "tests/protocols/aave_v3/reference_v3_6.py liquidationCall",
    ),
    "a literal port keeps the contract's statements together",
)
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
LAZY = {
    ROOT / "indexer/__init__.py": "importing a floor does not load the house",
    ROOT / "indexer/reports/chains/pictures.py": "matplotlib takes a second to load, and most commands draw nothing",
}
"""The places that import inside a function, and why."""


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "node_modules" not in path.parts and "_data" not in path.parts]


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def hidden_imports(tree: ast.Module) -> list[int]:
    """Lines of imports that are not at the top of the module, nor under `if TYPE_CHECKING` there."""
    allowed: list[ast.stmt] = list(tree.body)
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            allowed += node.body
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return [node.lineno for node in imports if node not in allowed]


def test_files_are_short() -> None:
    lengths = {shown(path): len(path.read_text().splitlines()) for path in sources("indexer", "scripts", "tests")}
    assert {path for path, length in lengths.items() if length > MOST_LINES} == set(LONG_FILES)
    assert all(LONG_FILES.values())


def test_functions_are_short() -> None:
    """Counted are the statements: a signature (a command's options) is a table, a docstring is prose."""
    long = {
        f"{shown(path)} {function.name}"
        for path in sources("indexer", "scripts", "tests")
        for function in functions(tree_of(path))
        if statement_lines(function) > MOST_FUNCTION_LINES
    }
    assert long == set(LONG_FUNCTIONS)


def statement_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_names_say_what_is_inside() -> None:
    paths = sources("indexer", "scripts", "tests")
    assert [shown(path) for path in paths if VAGUE_NAMES & {path.stem, path.parent.name}] == []


def test_no_import_is_hidden_in_a_function() -> None:
    hidden = [
        f"{shown(path)}:{line}"
        for path in sources("indexer")
        if path not in LAZY
        for line in hidden_imports(tree_of(path))
    ]
    assert hidden == []


@pytest.mark.parametrize(
    ("program", "lines"),
    [("import os", []), ("def f():\n    import os", [2]), ("if TYPE_CHECKING:\n    import os", []),
     ("try:\n    import os\nexcept ImportError:\n    pass", [2])],
)  # fmt: skip
def test_hidden_imports_are_seen(program: str, lines: list[int]) -> None:
    assert hidden_imports(ast.parse(program)) == lines


def test_every_module_says_what_it_is() -> None:
    assert [shown(path) for path in sources("indexer", "scripts") if _is_silent(path)] == []


def _is_silent(path: Path) -> bool:
    tree = tree_of(path)
    return bool(tree.body) and ast.get_docstring(tree) is None


def test_every_package_of_the_program_says_what_it_is() -> None:
    packages = [path for path in sources("indexer") if path.name == "__init__.py"]
    assert [shown(path) for path in packages if not ast.get_docstring(tree_of(path))] == []
    folders = {path.parent for path in sources("indexer")}
    assert folders == {path.parent for path in packages}


def test_every_interface_names_its_source() -> None:
    files = sorted((ROOT / "abis").rglob("*.json"))
    assert files
    assert [shown(path) for path in files if not json.loads(path.read_text()).get("source", "").strip()] == []


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    lines = {match[1]: match[2] for match in re.finditer(r'^  "([^"]+)",? +# *(.*)$', text, re.MULTILINE)}
    assert [line for line in wanted if not lines.get(line)] == []


def test_locks_name_no_host() -> None:
    """They must work with any mirror: names, versions and hashes only."""
    npm = [path for path in (ROOT / "scripts").rglob("package-lock.json") if "node_modules" not in path.parts]
    python = sorted((ROOT / "requirements").glob("*.lock"))
    assert python
    naming = r'"resolved"|--(?:extra-)?index-url|--find-links|^\S+ @ '
    assert [shown(p) for p in [*python, *npm] if re.search(naming, p.read_text(), re.MULTILINE)] == []


def test_a_protocol_is_three_folders_and_one_line() -> None:
    code = {path.name for path in (ROOT / "indexer" / "protocols").iterdir() if (path / "__init__.py").is_file()}
    served = {type(protocol).__module__.split(".")[2] for protocol in PROTOCOLS.values()}
    assert served == code
    for name in code:
        assert list((ROOT / "abis" / name).glob("*.json")), f"abis/{name} is empty"
        assert list((ROOT / "tests" / "protocols" / name).glob("test_*.py")), f"tests/protocols/{name} is empty"


def test_unit_tests_mirror_the_source() -> None:
    """tests/unit/F is indexer/F, and tests/unit/test_M.py is of a module M.py."""
    unit, program = ROOT / "tests" / "unit", ROOT / "indexer"
    strays = [shown(path) for path in unit.iterdir() if path.is_dir() and not (program / path.name).is_dir()
              and path.name != "__pycache__"]  # fmt: skip
    strays += [
        shown(path) for path in unit.glob("test_*.py") if not list(program.rglob(path.name.removeprefix("test_")))
    ]
    assert strays == []


def test_the_files_that_are_tested_first_are_there() -> None:
    assert [path for path in LONGEST if not (ROOT / path).is_file()] == []
