"""Begin a protocol: `python scripts/new_protocol.py NAME` writes the skeleton of its three folders.

Every method of the interface is there and says what it must do; none pretends to. What comes next is in
docs/adding-a-protocol.md.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INTERFACE = Path("indexer") / "protocols" / "_interface.py"
GUIDE = "docs/adding-a-protocol.md"
NAME = re.compile(r"[a-z][a-z0-9_]*")
LINE = 120
STEPS: dict[str, dict[int, str]] = {
    "Protocol": {
        1: "deployments plan_identity identity",
        2: "topics addresses discover",
        3: "plan_facts apply_logs flows liquidations",
        4: "plan_reads apply_reads sources plan_prices read_prices assets",
        5: "plan_reconcile reconcile plan_holdings holdings plan_heal apply_heal",
        6: "view",
    },
    "View": {
        6: "revision supported accounts identify keys_of unit price_unit priced_asset owes",
        7: "health truth comparable holdings market_claims",
        8: "weights",
        9: "liquidation",
        10: "positions receipts loan_to_value proxies markets markets_used price_of upcoming_price projection explain",
    },
}
"""The step of the guide that each method belongs to."""

_FACADE = '''"""{title} as a `Protocol`: every method delegates to the module that has the idea."""

{imports}


class {kind}:
    """See `protocols/_interface.Protocol`; {guide} has the order in which to write these."""

    name = "{name}"
    read_fields: frozenset[str] = frozenset()
    also_read = frozenset[str]()
    chooses_sources = True
{methods}'''
_VIEW = '''"""One {title} deployment at one block and one set of prices, answering about accounts."""

{imports}


class {kind}View:
    """See `protocols/_interface.View`."""

    def __init__(self, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int) -> None:
        self._rows = rows
        self._prices = prices
        self._number = number
{methods}'''
_INTERFACES = '''"""The contracts of {title} as we read them, and the names of the fields the book keeps for them.

Deployment fields: …
Market fields (market = …): …
Account fields: …
Position fields: …
"""

from indexer.abi import load_interface

ENTRY = load_interface("{name}", "Entry")
'''
_TEST = '''"""{title} passes the shared suite."""

from collections.abc import Mapping

import pytest

from tests.protocols.case import Case, Decoder, TapeCase
from tests.protocols.contract import ProtocolContract


class {kind}Case(TapeCase):
    """What the shared suite must know of {title}; `tests/protocols/case.py` has what else can be said."""

    kept = frozenset[str]()

    def happenings(self) -> Mapping[str, Decoder]:
        raise NotImplementedError("the events that say what was liquidated, each with a decoder as in `happened`")

    def holders(self, number: int) -> set[str]:
        raise NotImplementedError("read from self.tape.asked(number, …) who supplies, holds collateral or owes")


@pytest.fixture(scope="module")
def case() -> Case:
    return {kind}Case.golden("{name}")


class TestContract(ProtocolContract):
    pass
'''
_ABI = '{\n "source": "",\n "abi": []\n}\n'


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the skeleton and print what to do next. Exit code 2 where the name cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", help="as configurations will say it, in snake_case: aave_v3")
    parser.add_argument("--root", type=Path, default=ROOT, help="the clone to write into (default: this one)")
    asked = parser.parse_args(arguments)
    if not NAME.fullmatch(asked.name):
        return _refuse(f"{asked.name!r} is no name: small letters, digits and underscores, a letter first")
    files = skeleton(asked.name, (asked.root / INTERFACE).read_text(encoding="utf-8"))
    if existing := sorted({path.parent for path in files if (asked.root / path.parent).exists()}):
        return _refuse(f"{existing[0]} exists already")
    for path, text in files.items():
        (asked.root / path).parent.mkdir(parents=True, exist_ok=True)
        (asked.root / path).write_text(text, encoding="utf-8")
        print(f"wrote {path}")
    kind = class_name(asked.name)
    print("\nNow add to indexer/protocols/_registry.py, the import and one line of PROTOCOLS:\n")
    print(f"from indexer.protocols.{asked.name}.adapter import {kind}")
    print(f'    "{asked.name}": {kind}(),')
    print(f"\nand go on with {GUIDE}.")
    return 0


def skeleton(name: str, interface: str) -> dict[Path, str]:
    """The files of a protocol's three folders, by path from the root; `interface` is the source of the interface."""
    kind, title = class_name(name), name.replace("_", " ").title()
    tree = ast.parse(interface)
    code, facts = Path("indexer") / "protocols" / name, {"name": name, "kind": kind, "title": title, "guide": GUIDE}

    def source(template: str, interface_name: str) -> str:
        found = _methods(tree, interface_name)
        methods = "".join(_method(node, kind, _step(interface_name, node.name)) for node in found)
        own = {f"indexer.protocols.{name}.view": [f"{kind}View"]} if f"{kind}View" in methods else {}
        imports = _imports(tree, methods + template, own)
        return template.format(**facts, imports=imports, methods=methods)

    return {
        code / "__init__.py": f'"""{title}: how its contracts compute, and what they log."""\n',
        code / "adapter.py": source(_FACADE, "Protocol"),
        code / "view.py": source(_VIEW, "View"),
        code / "interfaces.py": _INTERFACES.format(**facts),
        Path("abis") / name / "Entry.json": _ABI,
        Path("tests") / "protocols" / name / "test_contract.py": _TEST.format(**facts),
    }


def class_name(name: str) -> str:
    """`aave_v3` is `AaveV3`."""
    return "".join(part.capitalize() for part in name.split("_"))


def _methods(tree: ast.Module, interface_name: str) -> Iterator[ast.FunctionDef]:
    found = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == interface_name)
    return (node for node in found.body if isinstance(node, ast.FunctionDef))


def _step(interface_name: str, method: str) -> int:
    return next(step for step, names in STEPS[interface_name].items() if method in names.split())


def _method(node: ast.FunctionDef, kind: str, step: int) -> str:
    """The method in the interface's own words; called, it says where to read what it must do."""
    said = (ast.get_docstring(node) or "").splitlines()[0]
    returns = "None" if node.returns is None else ast.unparse(node.returns)
    returns = f"{kind}View" if returns == "View" else returns
    decorators = "".join(f"    @{ast.unparse(decorator)}\n" for decorator in node.decorator_list)
    head = f"    def {node.name}({ast.unparse(node.args)}) -> {returns}:"
    if len(head) > LINE:
        head = f"    def {node.name}(\n        {ast.unparse(node.args)}\n    ) -> {returns}:"
    wanted = f'        raise NotImplementedError("{kind}.{node.name}: {GUIDE}, step {step}")'
    return f'\n{decorators}{head}\n        """{said}"""\n{wanted}\n'


def _imports(tree: ast.Module, text: str, own: dict[str, list[str]]) -> str:
    """What the interface itself imports and defines, as far as the text uses it, in the formatter's order."""
    used = set(re.findall(r"\b[A-Za-z_]+\b", re.sub(r'""".*?"""', "", text)))
    found = {
        node.module or "": names
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (names := sorted({alias.name for alias in node.names} & used))
    }
    handed_on = found.pop("indexer.protocols._records", [])
    defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef)} - set(STEPS)
    found["indexer.protocols._interface"] = sorted(defined & used | set(handed_on))
    lines = [_import_line(module, names) for module, names in sorted({**found, **own}.items())]
    standard = [line for line in lines if not line.startswith("from indexer")]
    return "\n".join([*standard, "", *(line for line in lines if line not in standard)])


def _import_line(module: str, names: Sequence[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= LINE:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


def _refuse(why: str) -> int:
    print(f"error: {why}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
