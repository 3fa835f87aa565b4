"""The shared suite's checks, each one a sentence about a case and an indexer that followed its chain."""

from collections import Counter
from pathlib import Path

from indexer import wrappers
from indexer.book import Book, Draft, Entity
from indexer.oracles import chainlink
from indexer.parts import CHAIN, Parts, StateReader
from indexer.protocols._interface import Claim, View
from indexer.risk import watch
from indexer.risk.screen import candidates
from indexer.words import State, Terms
from tests.protocols.case import Case, Execution
from tests.protocols.following import Following, Rows, following
from tests.protocols.happened import liquidated, without_watch
from tests.protocols.replay import ReplayNode
from tests.protocols.tape import NEXT_S
from tests.simulation.comparison import assert_same_rows, assert_sound

WAD = 10**18
WATCH = 105 * WAD // 100
CUTS = (WAD, WATCH, 10 * WAD)
LIQUIDATED = (State.LIQUIDATABLE, State.BAD_DEBT)


def discovery(case: Case, live: Following) -> int:
    """Every account the chain knows with a position is in the book, and no other; how many there were at the end."""
    known: set[str] = set()
    for number in case.numbers():
        known, ours = case.holders(number), set(live.view(number).accounts())
        assert ours == known, f"block {number}: only we know {sorted(ours - known)}, we miss {sorted(known - ours)}"
    assert known, "nobody holds anything at the end of the chain"
    return len(known)


def names(case: Case, live: Following) -> None:
    """Every key is found by the address and by the owner it stands for."""
    number = case.numbers()[-1]
    view, found = live.view(number), live.rows_at(number).accounts
    for key in found:
        who = view.identify(key)
        for address in {who.account, who.owner}:
            assert key in view.keys_of(address), f"{key} is not among the keys of {address}"
    assert view.keys_of("0x" + "de" * 20) == []


def logs_agree(case: Case, live: Following) -> None:
    """Reconciliation and holdings find nothing at any block."""
    protocol, deployment = live.protocol, live.deployment
    for number in case.numbers():
        book = live.book_at(number)
        answers = live.read(number, protocol.plan_reconcile(deployment, book))
        assert protocol.reconcile(deployment, book, answers) == [], f"block {number}"
        accounts = book[deployment.name].accounts
        answers = live.read(number, protocol.plan_holdings(deployment, accounts, book))
        assert protocol.holdings(deployment, accounts, book, answers) == [], f"block {number}"
    assert live.protocol.plan_reconcile(deployment, live.book_at(number))
    assert live.protocol.plan_holdings(deployment, accounts, live.book_at(number))


def healing(case: Case, live: Following) -> int:
    """Accounts wiped from the book, and markets but for what never changes, come back by reads; how many integers."""
    healed = 0
    for number in (case.numbers()[-1], case.numbers()[len(case.numbers()) // 2]):
        book = live.book_at(number)
        wiped = _wiped(case, live, book)
        draft, accounts = Draft(wiped), book[live.deployment.name].accounts
        answers = live.read(number, live.protocol.plan_heal(live.deployment, accounts, draft))
        live.protocol.apply_heal(live.deployment, accounts, draft, answers)
        StateReader(live.node.read, Parts([live.deployment]), NEXT_S).read(live.ref(number), draft)
        lost = _rows_of(book, live).items() - _rows_of(wiped, live).items()
        wiped.apply(draft.changes())
        again, before = case.restorable(_rows_of(wiped, live)), case.restorable(_rows_of(book, live))
        _assert_rows(again, before, f"block {number}, read again")
        answers = live.read(number, live.protocol.plan_holdings(live.deployment, accounts, wiped))
        assert live.protocol.holdings(live.deployment, accounts, wiped, answers) == [], f"block {number}, read again"
        healed += len(lost)
    assert healed
    return healed


def truth(case: Case, live: Following) -> Counter[str]:
    """Every claim about accounts and markets is the contract's answer, now and at the next block's time."""
    counts: Counter[str] = Counter()
    for number in case.numbers():
        at = live.ref(number).timestamp
        for seconds, prices in ((0, "price"), (NEXT_S, "next_price")):
            view = live.view(number, prices)
            if not view.supported:
                assert not list(view.accounts()), f"block {number}: revision {view.revision}"
                continue
            claims = _claims(view, at + seconds)
            said = live.ask(number, [claim.truth for _, claim in claims], at + seconds if seconds else None)
            for (key, claim), theirs in zip(claims, said, strict=True):
                _compare(f"block {number} + {seconds} s {key}", claim, theirs)
                counts["fields compared"] += 0 if theirs is None else len(theirs)
                counts["unreadable"] += theirs is None
                if key is not None and claim.truth == view.truth(key):
                    failed = theirs is not None and case.failed(theirs)
                    counts.update(_judge(case, view, key, at + seconds, None if failed else theirs))
    assert counts["fields compared"]
    return counts


def screen(case: Case, live: Following) -> int:
    """Who could lie under a cut is a candidate: at his own exact factor and the next wad, and at fixed cuts."""
    judged = 0
    for number in case.numbers():
        view, rows, at = live.view(number), live.rows_at(number), live.ref(number).timestamp
        weights = view.weights(at)
        if weights is None or not rows.accounts:
            continue
        named = {cut: {rows.accounts[row] for row in candidates(rows, weights, cut)} for cut in CUTS}
        for key in view.accounts():
            health = view.health(key, at, WATCH)
            factor = health.health_factor_wad
            for cut in CUTS:
                inside = view.owes(key) if health.state is State.UNKNOWN else factor is not None and factor < cut
                inside |= health.state in LIQUIDATED or bool(health.liquidatable_after_accrual)
                assert not inside or key in named[cut], f"block {number}: {key} at {factor} is not named at {cut}"
            if factor is not None:
                own = {rows.accounts[row] for row in candidates(rows, weights, factor + 1)}
                assert key in own, f"block {number}: {key} is not named at its own factor {factor} and one more"
                judged += 1
    assert judged, "nobody owed anything that could be judged"
    return judged


def liquidations(case: Case, live: Following) -> Counter[str]:
    """Each liquidation that was tried on the contracts went, or did not, as the terms say, to the wei."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for tried in case.executions(live):
        terms = tried.terms(_view_of(live, tried).liquidation(tried.account, tried.at))
        counts["allowed" if tried.ok else "forbidden"] += 1
        counts["amounts compared"] += len(tried.amounts) if tried.ok else 0
        wrong.extend(f"{tried}: we say {terms}: {why}" for why in _differences(case, tried, terms))
    assert wrong == [], f"{len(wrong)} of {counts.total()}: {wrong[:3]}"
    assert counts["allowed"], "no liquidation went through"
    assert counts["forbidden"] >= case.least_forbidden, f"{counts['forbidden']} were refused"
    return counts


def undo(case: Case, live: Following, folder: Path) -> None:
    """Through the whole chain: on by less than finality, back by a reorg of empty blocks, and on as it was."""
    node = ReplayNode(case.chain, finality=case.finality)
    stand, depth, windows = node.head.number, case.finality - 1, 0
    stand = max(case.chain.blocks[0].number, case.deployment.first_block) + case.finality
    assert stand < node.tip, "the chain is shorter than finality"
    with following(node, case.deployment, f"sqlite:///{folder}/astray.db", checked=True) as astray:
        while stand < node.tip:
            ahead = min(node.tip, stand + depth)
            node.cut(ahead)
            astray.once()
            blocks = ahead - stand + (windows % 3 - 1)  # shorter than, as long as, longer than what it replaces
            node.reorg(ahead - stand, max(1, blocks))
            astray.once()
            _assert_rows(astray.rows(stand), live.rows(stand), f"block {stand}, undone from {ahead}")
            assert without_watch(liquidated(astray)) == without_watch(liquidated(live, stand))
            if windows % 4 == 0:
                with following(node, case.deployment, f"sqlite:///{folder}/new-{windows}.db") as new:
                    new.once()
                    _assert_rows(astray.rows(), new.rows(), f"the branch on {stand}")
            node.cut(ahead)
            astray.once()
            _assert_rows(astray.rows(), live.rows(ahead), f"block {ahead}, after a branch")
            again, as_it_was = (without_watch(liquidated(found, ahead)) for found in (astray, live))
            assert again == as_it_was, f"block {ahead}: other liquidations after a branch"
            stand, windows = ahead, windows + 1
        assert_sound(astray.store)


def late(case: Case, live: Following, folder: Path) -> int:
    """A database synced once at the end has the rows of the one that followed; how many."""
    node = ReplayNode(case.chain, finality=case.finality)
    read = live.protocol.read_fields | live.protocol.also_read
    elsewhere = (CHAIN.deployment, chainlink.DEPLOYMENT, wrappers.DEPLOYMENT, watch.DEPLOYMENT)
    with following(node, case.deployment, f"sqlite:///{folder}/late.db") as found:
        found.once()
        rebuilt(found)
        return assert_same_rows(found.store, live.store, node.tip - case.finality, read, leaving_out=elsewhere)


def rebuilt(live: Following) -> None:
    """The book loaded from the store is the book that lived; the store's history leads to its state."""
    loaded = Book().load(live.store.load_state())
    assert _everything(loaded) == _everything(live.sync.book)
    assert_sound(live.store)


def two_requests(case: Case, folder: Path) -> None:
    """A block that adds no contract costs one request by number and one by hash, whatever the number of markets."""
    node = ReplayNode(case.chain, finality=case.finality)
    first = node.tip - case.quiet_blocks
    node.cut(first)
    with following(node, case.deployment, f"sqlite:///{folder}/costs.db") as found:
        found.once()
        before = node.requests
        pauses = found.follow_to(node.tip)
        spent = node.requests - before - pauses
        assert spent <= 2 * (node.tip - first), f"{spent} requests for {node.tip - first} blocks"


def _wiped(case: Case, live: Following, book: Book) -> Book:
    """The book without what its deployment's accounts hold, and without what healing reads again of its markets."""
    name = live.deployment.name

    def stays(entity: Entity, field: str) -> bool:
        if entity.deployment != name or not (entity.market or entity.account):
            return True
        return not entity.account and not case.heals(entity.market, field)

    return Book().load((entity, field, value) for entity, field, value in book.items() if stays(entity, field))


def _rows_of(book: Book, live: Following) -> Rows:
    """The deployment's integers; absent and zero are the same."""
    found = book[live.deployment.name].items(live.deployment.name)
    return {(entity.market, entity.account, field): value for entity, field, value in found if value}


def _everything(book: Book) -> dict[tuple[Entity, str], int]:
    return {(entity, field): value for entity, field, value in book.items()}


def _claims(view: View, at: int) -> list[tuple[str | None, Claim]]:
    found: list[tuple[str | None, Claim]] = [(None, claim) for claim in view.market_claims(at)]
    for key in view.accounts():
        found.append((key, Claim(view.truth(key), view.comparable(key, at))))
        found += [(key, claim) for claim in view.holdings(key)]
    return found


def _compare(where: str, claim: Claim, theirs: dict[str, int] | None) -> None:
    ours = None if claim.ours is None else dict(claim.ours)
    shown = f"{where} {claim.market or ''}: {claim.truth.signature} of {claim.truth.to}"
    assert (ours is None) == (theirs is None), f"{shown}: we say {ours}, the contract {theirs}"
    for name, value in (theirs or {}).items():
        assert ours is not None
        assert ours[name] == value, f"{shown}: {name} is {value}, we say {ours[name]}"


def _judge(case: Case, view: View, key: str, at: int, said: dict[str, int] | None) -> list[str]:
    """The state is the contract's own comparison; what was seen, to be counted."""
    health = view.health(key, at, WATCH)
    if case.truth_values_accounts:
        assert (health.state is State.UNKNOWN) == (said is None), f"{key} is {health.state}, the contract says {said}"
    factor = health.health_factor_wad
    if said is not None and (verdict := case.liquidatable(said)) is not None:
        assert (factor is not None and factor < WAD) == verdict, f"{key} has {factor}, the contract says {said}"
        liquidated = health.state in LIQUIDATED
        assert liquidated == verdict or (liquidated and case.forced(said)), (
            f"{key} is {health}, the contract says {said}"
        )
    return ["accounts", health.state.value]


def _view_of(live: Following, tried: Execution) -> View:
    """The view of a transaction mined at `tried.at`, at prices of that moment."""
    at = live.ref(tried.number).timestamp
    if tried.at == at + NEXT_S:
        return live.view(tried.number, "next_price", seen_in=tried.number + 1)
    book = live.book_at(tried.number)
    fields = book[live.deployment.name].markets.values()
    if all(field.get("price") == field.get("next_price") for field in fields):  # they do not move by the clock
        return live.view(tried.number, "price", seen_in=tried.number + 1)
    calls = live.protocol.plan_prices(live.deployment, book)
    answers = live.read(tried.number, list(calls.values()), tried.at)
    prices = live.protocol.read_prices(live.deployment, book, answers)
    return live.view(tried.number, prices, seen_in=tried.number + 1)


def _differences(case: Case, tried: Execution, terms: Terms | None) -> list[str]:
    if terms is None or not terms.allowed:
        if tried.ok:
            return ["the contract did it"]
        known = case.refusals.get(terms.gates[0]) if terms is not None else None
        return [f"the contract refuses with {tried.why!r}"] if known is not None and tried.why not in known else []
    if not tried.ok:
        return [f"the contract refuses: {tried.why!r}"]
    ours = {name: terms.details.get(name, getattr(terms, name, None)) for name in tried.amounts}
    return [f"{name} is {value}, ours {ours[name]}" for name, value in tried.amounts.items() if ours[name] != value]


def _assert_rows(ours: Rows, theirs: Rows, where: str) -> None:
    different = sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
    shown = [(key, ours.get(key), theirs.get(key)) for key in different[:9]]
    assert different == [], f"{where}: {len(different)} rows differ: {shown}"
