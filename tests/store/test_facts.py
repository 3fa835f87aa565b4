import pytest

from indexer.book.change import Change
from indexer.errors import ConfigurationError
from indexer.evm import Address, BlockRef, Call
from indexer.store import Deployment, JobRun, Store, Token, Verification, call_key
from tests.store.made import BORROWER, OTHER, commit, state

ENTRY = Address("0x" + "ee" * 20)
WETH = Address("0x" + "01" * 20)


def test_deployments_keep_what_they_are(store: Store) -> None:
    store.save_deployments([Deployment("b", "morpho", ENTRY, 7), Deployment("a", "aave_v3", ENTRY, 5)])
    store.set_covered_to("a", 9)
    store.save_deployments([Deployment("a", "aave_v3", ENTRY, 4)])
    assert store.deployments() == [
        Deployment("a", "aave_v3", ENTRY, 4, covered_from=5, covered_to=9),
        Deployment("b", "morpho", ENTRY, 7),
    ]
    with pytest.raises(ConfigurationError, match="give it another name"):
        store.save_deployments([Deployment("c", "morpho", ENTRY, 1), Deployment("a", "aave_v3", WETH, 5)])
    assert [deployment.name for deployment in store.deployments()] == ["a", "b"]


def test_an_unknown_deployment_cannot_be_covered(store: Store) -> None:
    with pytest.raises(ValueError, match="save_deployments"):
        store.set_covered_to("nobody", 5)
    with pytest.raises(ValueError, match="save_deployments"):
        store.commit([], cursor=_cursor(store), covered={"nobody": 5})


def _cursor(store: Store) -> BlockRef:
    commit(store, 9)
    cursor = store.cursor()
    assert cursor is not None
    return cursor


def test_drop_deployment_forgets_only_that_one(store: Store) -> None:
    store.save_deployments([Deployment(name, "p", ENTRY, 0) for name in ("aave_v3_main", "morpho_blue")])
    commit(store, 1, Change(BORROWER, "debt", None, 1), Change(OTHER, "shares", None, 2))
    store.save_verified([Verification("aave_v3_main", "0x1", 1, "0x", ok=True)])
    store.drop_deployment("aave_v3_main")
    assert state(store) == {(OTHER, "shares"): 2}
    assert store.verified() == {}
    assert list(store.history(BORROWER)) == []
    counts = store.counts()
    assert (counts["entity"], counts["change"], counts["state"]) == (1, 1, 1)
    assert store.deployments()[0] == Deployment("aave_v3_main", "p", ENTRY, 0)
    commit(store, 2, Change(BORROWER, "debt", None, 5))
    store.set_covered_to("aave_v3_main", 2)
    assert state(store) == {(OTHER, "shares"): 2, (BORROWER, "debt"): 5}


def test_tokens(store: Store) -> None:
    strange = Token(Address("0x" + "02" * 20), "=1+1\0\udcff<b>", None, None)
    weth = Token(WETH, "WETH", 18, "Wrapped Ether")
    store.save_tokens([weth, strange])
    store.save_tokens([])
    assert store.tokens() == {
        WETH: weth,
        strange.address: Token(strange.address, "=1+1\N{REPLACEMENT CHARACTER}?<b>", None, None),
    }
    store.save_tokens([Token(WETH, "WETH9", 18, None)])
    assert store.tokens()[WETH] == Token(WETH, "WETH9", 18, None)


def test_verified(store: Store) -> None:
    first = Verification("a", "0x1", 5, "0x05", ok=True)
    other = Verification("b", "0x1", 5, "0x05", ok=False)
    store.save_verified([first, other])
    assert store.verified() == {("a", "0x1"): first, ("b", "0x1"): other}
    newer = Verification("a", "0x1", 6, "0x06", ok=False)
    store.save_verified([newer])
    assert store.verified("a") == {("a", "0x1"): newer}


def test_kept_answers(store: Store) -> None:
    call = Call(WETH, bytes.fromhex("06fdde03"))
    answers = {call_key(call): b"\x01" * 64, call_key(call, 1_700_000_000): None, b"k": b""}
    store.keep_answers("0x05", answers)
    store.keep_answers("0x06", {call_key(call): b"\x02"})
    assert store.kept_answers("0x05") == answers
    assert store.kept_answers("0x07") == {}


def test_call_key_tells_calls_apart() -> None:
    calls = [Call(WETH, b"\x01"), Call(WETH, b"\x02"), Call(ENTRY, b"\x01")]
    keys = {call_key(call, at) for call in calls for at in (None, 0, 1)}
    assert len(keys) == 9
    assert {len(key) for key in keys} == {32}
    assert call_key(Call(WETH, b"\x01", answer_bytes=64)) == call_key(calls[0])


def test_job_runs(store: Store) -> None:
    assert store.job_runs() == {}
    store.save_job_started("verify", 10)
    assert store.job_runs() == {"verify": JobRun("verify", 10, None, None)}
    store.save_job_finished("verify", 12, "the node does not answer")
    store.save_job_started("verify", 20)
    assert store.job_runs() == {"verify": JobRun("verify", 20, 12, "the node does not answer")}
    store.save_job_finished("verify", 25)
    assert store.job_runs() == {"verify": JobRun("verify", 20, 25, None)}
