"""Contracts on a real node: an honest vault, and strangers beside it that burn gas, answer too much or lie."""

from collections.abc import Iterator, Mapping

import pytest

from indexer.book import Book, Draft
from indexer.evm import Address, Call, address
from indexer.node import JsonRpc, Node, Read
from indexer.wrappers import Wrapper, WrapperKind, apply_reads, is_known, plan_reads, wrapper
from scripts.devnet.anvil import Anvil
from tests.unit.wrappers.contracts import ABI

pytestmark = pytest.mark.node
ASSETS, SHARES = 9_400_000 * 10**18 + 123, 7_650_000 * 10**18
VAULT, ASSET, BURNS, ANSWERS_TOO_MUCH, ECHOES, NOBODY = (address("0x" + f"b{n}" * 20) for n in range(6))
STRANGERS = [address(0xC0DE << 96 | number) for number in range(40)]


def vault(asset: Address) -> str:
    """Runtime code: `asset()` answers `asset`, `convertToAssets(x)` answers x * ASSETS / SHARES, all else reverts."""
    asset_of, convert = (ABI.functions[name].selector.hex() for name in ("asset", "convertToAssets"))
    answer = "60005260206000f3"
    return (
        f"60003560e01c8063{asset_of}14601e5763{convert}14603c5760006000fd"
        f"5b73{asset[2:]}{answer}"
        f"5b7f{SHARES:064x}7f{ASSETS:064x}6004350204{answer}"
    )


RUNTIME: Mapping[Address, str] = {
    VAULT: vault(ASSET),
    ASSET: "60006000fd",
    BURNS: "5b600056",
    ANSWERS_TOO_MUCH: "620f42406000f3",  # a million zero bytes
    ECHOES: "3660006000373660" + "00f3",  # what it was asked, selector first
    **dict.fromkeys(STRANGERS, "5b600056"),
}


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    anvil = Anvil()
    anvil.rpc.batch([("anvil_setCode", [to, f"0x{code}"]) for to, code in RUNTIME.items()])
    anvil.rpc.request("anvil_mine", ["0x2"])
    rpc = JsonRpc([anvil.url])
    yield Node(rpc)
    rpc.close()
    anvil.stop()


def read(node: Node, tokens: list[Address], book: Book) -> None:
    """One block's reads, committed to the book."""
    draft, answers, head = Draft(book), dict[Call, bytes | None](), node.fetch_heads().latest.hash
    while wanted := tuple(call for call in plan_reads(tokens, draft, {}) if call not in answers):
        answers.update(zip(wanted, node.read(head, [Read(wanted)])[0], strict=True))
        apply_reads(tokens, draft, answers, {})
    book.apply(draft.changes())


def test_a_vault_converts_as_the_contract_does(node: Node) -> None:
    book, head = Book(), node.fetch_heads().latest.hash
    read(node, [VAULT], book)
    found = wrapper(book, VAULT)
    assert found == Wrapper(VAULT, ASSET, WrapperKind.ERC4626, 10**36 * ASSETS // SHARES, 10**36)
    assert found.rate is not None
    amounts = [number * 10**exponent + number for number in (1, 3, 7, 999) for exponent in (0, 9, 18, 27)]
    calls = tuple(ABI.call("convertToAssets", VAULT, amount) for amount in amounts)
    said = [int.from_bytes(answer or b"") for answer in node.read(head, [Read(calls)])[0]]
    assert [found.rate.convert(amount) for amount in amounts] == said
    assert all(found.is_exact(amount) for amount in amounts)


def test_strangers_starve_nobody(node: Node) -> None:
    book, tokens = Book(), [*STRANGERS, BURNS, ANSWERS_TOO_MUCH, ECHOES, NOBODY, VAULT]
    read(node, tokens, book)
    found = wrapper(book, VAULT)
    assert found == Wrapper(VAULT, ASSET, WrapperKind.ERC4626, 10**36 * ASSETS // SHARES, 10**36)
    assert all(is_known(book, token) for token in tokens)
    assert [token for token in tokens if wrapper(book, token)] == [VAULT]
    before = node.rpc.http_requests
    read(node, tokens, book)
    assert node.rpc.http_requests == before + 2  # the head, and the reads


def test_what_burns_gas_is_bounded(node: Node) -> None:
    """Forty strangers that burn all they get: four getters and three conversions each, once."""
    draft = Draft(Book())
    spent = [call.gas for call in plan_reads(STRANGERS, draft, {})]
    assert sum(spent) == 40 * (4 * 200_000 + 3 * 1_500_000)
    book = Book()
    read(node, STRANGERS, book)
    assert plan_reads(STRANGERS, Draft(book), {}) == []
