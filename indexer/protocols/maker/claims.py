"""What we say each contract would answer, for `verify`: vaults, ilks in every module, auctions, owners."""

from collections.abc import Iterator, Mapping

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.evm import Address, address
from indexer.protocols._interface import Claim, Truth
from indexer.protocols.maker.auction import needs_redo
from indexer.protocols.maker.interfaces import SALE, auction_of, ilk_word, urn_of
from indexer.protocols.maker.state import Core, Ilk
from indexer.protocols.maker.stored import stored_abacus

URN_FIELDS = ("ink", "art")
_OF_ILK = {
    "spotter": (("", "mat"), ("address", "uint256")),
    "jug": (("duty", "rho"), ("uint256", "uint256")),
    "dog": (("clip", "chop", "hole", "dirt"), ("address", "uint256", "uint256", "uint256")),
}
_WORDS = {
    "spotter": (("par()", "par"),),
    "jug": (("base()", "base"),),
    "dog": (("Hole()", "hole_all"), ("Dirt()", "dirt_all"), ("live()", "dog_live")),
}
_SALE_TYPES = ("uint256", "uint256", "uint256", "address", "uint96", "uint256")


def urn(vat: Address, key: str) -> Truth:
    """`Vat.urns(ilk, urn)` of an account key."""
    return Truth(vat, "urns(bytes32,address)", (key.partition("/")[2], urn_of(key)), URN_FIELDS)


def holdings(rows: DeploymentBook, key: str) -> list[Claim]:
    """Who owns the vault, as its manager says."""
    cdp, manager, own = (rows.account_field(key, field) for field in ("cdp", "manager", "own"))
    if not cdp or not manager or not own:
        return []
    to, urn_word = address(manager), int(urn_of(key), 16)
    return [
        Claim(Truth(to, "owns(uint256)", (cdp,), ("own",), ("address",)), {"own": own}),
        Claim(Truth(to, "urns(uint256)", (cdp,), ("urn",), ("address",)), {"urn": urn_word}),
    ]


def markets(rows: DeploymentBook, vat: Address, ilks: Mapping[str, Ilk], core: Core, at: int) -> list[Claim]:
    """The system's sums and flags, every ilk in every module, its rate after a drip, and every auction."""
    claims = list(_system(rows, vat))
    for name, ilk in ilks.items():
        claims.extend(_ilk(rows, vat, name, ilk, core, at))
    claims.extend(_auctions(rows, at))
    return claims


def _system(rows: DeploymentBook, vat: Address) -> Iterator[Claim]:
    for signature, field in (("debt()", "debt"), ("vice()", "vice"), ("Line()", "line_all"), ("live()", "live")):
        yield Claim(Truth(vat, signature, (), (field,)), {field: rows.own.get(field, 0)})
    for module, words in _WORDS.items():
        for signature, field in words if rows.own.get(module) else ():
            yield Claim(Truth(address(rows.own[module]), signature, (), (field,)), {field: rows.own.get(field, 0)})


def _ilk(rows: DeploymentBook, vat: Address, name: str, ilk: Ilk, core: Core, at: int) -> Iterator[Claim]:
    word, fields = ilk_word(name), rows.markets[name]
    stored = {field: fields.get(field, 0) for field in ("art", "rate", "spot", "line", "dust")}
    yield Claim(Truth(vat, "ilks(bytes32)", (word,), tuple(stored)), stored, name)
    for module, (names, types) in _OF_ILK.items():
        if rows.own.get(module):
            truth = Truth(address(rows.own[module]), "ilks(bytes32)", (word,), names, types)
            yield Claim(truth, {field: fields.get(field, 0) for field in names if field}, name)
    if rows.own.get("jug"):
        rate = ilk.rate_at(core, at)
        truth = Truth(address(rows.own["jug"]), "drip(bytes32)", (word,), ("rate_after_drip",))
        yield Claim(truth, None if rate is None else {"rate_after_drip": rate}, name)


def _auctions(rows: DeploymentBook, at: int) -> Iterator[Claim]:
    for market, fields in rows.markets.items():
        found = auction_of(market)
        if found is None or "tab" not in fields:
            continue
        clip, auction = found
        sale = {name: fields[name] for name in SALE}
        yield Claim(Truth(clip, "sales(uint256)", (auction,), ("", *SALE), _SALE_TYPES), sale, market)
        status = Truth(
            clip,
            "getStatus(uint256)",
            (auction,),
            ("needs_redo", "price", "", ""),
            ("bool", "uint256", "uint256", "uint256"),
        )
        yield Claim(status, status_of(rows, clip, fields, at), market)


def status_of(rows: DeploymentBook, clip: Address, sale: Mapping[str, int], at: int) -> dict[str, int] | None:
    """`Clipper.getStatus` of a running auction at a timestamp; None where it reverts or its calculator is not known."""
    abacus, settings = stored_abacus(rows, clip), rows.markets.get(clip, {})
    if abacus is None:
        return None
    duration = at - sale["started"]
    try:
        price = abacus.price(sale["top"], duration)
        done = needs_redo(price, sale["top"], duration, tail=settings.get("tail", 0), cusp=settings.get("cusp", 0))
    except ArithmeticOverflow:
        return None
    return {"needs_redo": int(done), "price": price}
