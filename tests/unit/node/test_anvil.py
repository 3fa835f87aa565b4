"""The client against a real anvil, with mainnet's code size limits on."""

from collections.abc import Iterator

import pytest

from indexer.errors import BlockNotFound
from indexer.evm import Address, Call, address
from indexer.node import BlockAnswer, JsonRpc, LogFilter, Node, Read
from indexer.node.lens import MOST_ANSWER_BYTES
from scripts.devnet.anvil import GENESIS_TIMESTAMP, Anvil

pytestmark = pytest.mark.node

WORDS = address("0x" + "a0" * 20)
REVERTS = address("0x" + "a1" * 20)
BURNS = address("0x" + "a2" * 20)
CLOCK = address("0x" + "a3" * 20)
LOGS = address("0x" + "a4" * 20)
STORED = address("0x" + "a5" * 20)
INVALID = address("0x" + "a6" * 20)
NOBODY = address("0x" + "a7" * 20)
TOPIC = "0x" + "11" * 32
SENDER = "0x" + "5e" * 20
FILTER = LogFilter((LOGS,), (TOPIC,))

RUNTIME = {
    # Returns as many bytes as its first word of data says, all 0x00 but the first byte: 0xef.
    WORDS: "60ef600053600035" + "6000f3",
    REVERTS: "602a60005260206000fd",
    BURNS: "5b600056",
    CLOCK: "4260005260206000f3",
    # Emits one log of 32 bytes with TOPIC.
    LOGS: "7f" + TOPIC[2:] + "60206000a1",
    # With data: stores its first word; without: returns what is stored.
    STORED: "36600f57" + "60005460005260206000f3" + "5b60003560005500",
    INVALID: "fe",
}


@pytest.fixture(scope="module")
def node(anvil: Anvil) -> Iterator[Node]:
    anvil.rpc.batch([("anvil_setCode", [to, f"0x{code}"]) for to, code in RUNTIME.items()])
    anvil.rpc.request("anvil_mine", ["0x2"])
    rpc = JsonRpc([anvil.url])
    yield Node(rpc)
    rpc.close()


def head(node: Node) -> str:
    return node.fetch_heads().latest.hash


def transaction(to: Address, data: str) -> dict[str, str]:
    return {"from": SENDER, "to": to, "input": data, "gas": "0x30d40", "gasPrice": "0x0"}


def send(anvil: Anvil, to: Address, data: str = "0x") -> str:
    """Mine one transaction in a block of its own; the block's hash."""
    sent = anvil.rpc.request("eth_sendTransaction", [transaction(to, data)])
    anvil.rpc.request("evm_mine", [])
    return str(anvil.rpc.request("eth_getTransactionReceipt", [sent])["blockHash"])


def words(count: int) -> Call:
    return Call(WORDS, (32 * count).to_bytes(32), answer_bytes=32 * count)


def first_byte_ef(count: int) -> bytes:
    return b"\xef" + bytes(32 * count - 1)


def test_every_kind_of_call_at_once(node: Node) -> None:
    asked = [words(1), *(Call(to, b"") for to in (REVERTS, BURNS, INVALID, NOBODY)), words(2)]
    answers = node.read(head(node), [Read(tuple(asked))])[0]
    assert answers == [first_byte_ef(1), None, None, None, None, first_byte_ef(2)]


def test_an_answer_of_any_length_is_cut_to_what_was_asked(node: Node) -> None:
    data = (96).to_bytes(32)
    asked = tuple(Call(WORDS, data, answer_bytes=size) for size in (0, 1, 31, 32, 96, 200))
    answers = node.read(head(node), [Read(asked)])[0]
    assert [len(answer or b"") for answer in answers] == [0, 1, 31, 32, 96, 96]


def test_an_empty_answer_of_a_contract_is_empty_and_of_nobody_is_none(node: Node) -> None:
    asked = (Call(WORDS, bytes(32)), Call(NOBODY, bytes(32)))
    assert node.read(head(node), [Read(asked)])[0] == [b"", None]


def test_hundreds_of_calls_are_one_request(node: Node) -> None:
    before = node.rpc.http_requests
    answers = node.read(head(node), [Read(tuple(words(1 + index % 3) for index in range(900)))])[0]
    assert answers == [first_byte_ef(1 + index % 3) for index in range(900)]
    assert node.rpc.http_requests == before + 2  # the head, and the reads


def test_the_largest_answer_and_the_largest_question(node: Node) -> None:
    most = MOST_ANSWER_BYTES - 12
    large = Call(WORDS, most.to_bytes(32) + bytes(48_000), answer_bytes=most)
    answers = node.read(head(node), [Read((large, large, words(1)))])[0]
    assert [len(answer or b"") for answer in answers] == [most, most, 32]


def test_contracts_that_burn_all_gas_starve_nobody(node: Node) -> None:
    asked = (*(Call(BURNS, b"") for _ in range(40)), words(1), *(Call(BURNS, b"") for _ in range(40)), words(1))
    answers = node.read(head(node), [Read(asked)])[0]
    assert [position for position, answer in enumerate(answers) if answer is not None] == [40, 81]


def test_a_node_with_less_gas_than_a_chunk_is_asked_again(anvil: Anvil, node: Node) -> None:
    """Thirty million gas for an eth_call: twenty calls that burn 1.5 million each leave nothing for the rest."""
    anvil.rpc.request("evm_setBlockGasLimit", [hex(30_000_000)])
    anvil.rpc.request("evm_mine", [])
    poor = head(node)
    anvil.rpc.request("evm_setBlockGasLimit", [hex(1_000_000_000)])
    anvil.rpc.request("evm_mine", [])
    before = node.rpc.http_requests
    answers = node.read(poor, [Read((*(Call(BURNS, b"") for _ in range(60)), words(1)))])[0]
    assert answers == [*[None] * 60, first_byte_ef(1)]
    assert 1 < node.rpc.http_requests - before <= 4


def test_has_code(node: Node) -> None:
    assert node.has_code(head(node), [WORDS, NOBODY, REVERTS, BURNS]) == [True, False, True, True]


def test_the_blocks_own_time_and_another(node: Node) -> None:
    latest = node.fetch_heads().latest
    clock = (Call(CLOCK, b""),)
    reads = [Read(clock), Read(clock, at_timestamp=latest.timestamp + 12), Read(clock, at_timestamp=2_000_000_000)]
    answers = node.read(latest.hash, reads)
    assert [int.from_bytes(answer[0] or b"") for answer in answers] == [
        latest.timestamp,
        latest.timestamp + 12,
        2_000_000_000,
    ]
    assert latest.timestamp >= GENESIS_TIMESTAMP


def test_state_is_the_blocks_own_and_an_orphan_is_not_found(anvil: Anvil, node: Node) -> None:
    stored = [Read((Call(STORED, b""),))]
    first = send(anvil, STORED, f"0x{1:064x}")
    second = send(anvil, STORED, f"0x{2:064x}")
    assert [int.from_bytes(node.read(at, stored)[0][0] or b"") for at in (first, second)] == [1, 2]
    anvil.rpc.request("anvil_reorg", [1, [[transaction(STORED, f"0x{3:064x}"), 0]]])
    new = head(node)
    assert new != second
    assert [int.from_bytes(node.read(at, stored)[0][0] or b"") for at in (first, new)] == [1, 3]
    with pytest.raises(BlockNotFound):
        node.read(second, stored)
    with pytest.raises(BlockNotFound):
        node.fetch_logs_by_hash(FILTER, second)
    assert node.fetch_header(second) is None


def test_a_block_with_its_logs_is_one_request(anvil: Anvil, node: Node) -> None:
    block = send(anvil, LOGS)
    number = node.fetch_heads().latest.number
    before = node.rpc.http_requests
    answer = node.fetch_block(number, FILTER)
    assert node.rpc.http_requests == before + 1
    assert answer.header is not None
    assert answer.header.ref.hash == block
    assert [(log.address, log.topics, log.block_hash) for log in answer.logs] == [(LOGS, (TOPIC,), block)]
    assert answer.logs == node.fetch_logs_by_hash(FILTER, block)


def test_the_real_bloom_rules_out_what_is_not_there(anvil: Anvil, node: Node) -> None:
    send(anvil, LOGS)
    number = node.fetch_heads().latest.number
    reasks = node.bloom_reasks
    assert node.fetch_block(number, LogFilter((WORDS,), (TOPIC,))).logs == []
    assert node.fetch_block(number, LogFilter((LOGS,), ("0x" + "22" * 32,))).logs == []
    assert node.bloom_reasks == reasks
    # Address and topic are both in the bloom, but never in one log.
    send(anvil, LOGS)
    assert len(node.fetch_block(number + 1, LogFilter((LOGS, WORDS), (TOPIC,))).logs) == 1


def test_the_block_after_the_head_is_not_there_yet(node: Node) -> None:
    heads = node.fetch_heads()
    assert node.fetch_block(heads.latest.number + 1, FILTER) == BlockAnswer(None, [], heads)


def test_logs_of_a_range(anvil: Anvil, node: Node) -> None:
    first = node.fetch_heads().latest.number + 1
    hashes = [send(anvil, LOGS) for _ in range(3)]
    assert [log.block_hash for log in node.fetch_logs(FILTER, first, first + 2)] == hashes
    with pytest.raises(BlockNotFound):
        node.fetch_logs(FILTER, first, first + 3)


def test_headers_and_chain(anvil: Anvil, node: Node) -> None:
    assert node.fetch_chain_id() == int(anvil.rpc.request("eth_chainId"), 16)
    zero, one, none = node.fetch_headers([0, 1, 10_000_000])
    assert zero is not None
    assert one is not None
    assert none is None
    assert one.ref.parent_hash == zero.ref.hash
