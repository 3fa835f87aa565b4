"""The contracts of Maker as we read them, and the names of the fields the book keeps for them.

Deployment fields: spotter, jug, dog, vow, dai (addresses); line_all, debt, vice, live of the Vat; par; base; hole_all,
dirt_all, dog_live; surplus, sin, queued, on_auction of the Vow (read); unread_owners, owners_turn.
Market = an ilk's name: listed, art, rate, spot, line, dust of the Vat; price (what the spot stands for), ink (the sum
of its vaults'); pip, mat; duty, rho; clip, chop, hole, dirt; join, gem, decimals (its token, from facts).
Other contracts are markets named by their address, which no ilk's name can be. A Clipper: ilk, calc, buf, tail, cusp,
chip, tip, stopped and (read) chost, held. An abacus: cut, step, tau. An oracle: oracle, source, hop, stepped_at,
current, upcoming and (read) peeked, has_peeked, peeped, has_peeped. An oracle's source: feeds, median. A vault manager:
manager, vaults.
An auction is a market named `<clip>#<id>`: tab, lot, user, started, top.
Account keys are `<urn>/<ilk>`; their position is in the ilk: ink, art (wad). Account fields, of a manager's vaults:
cdp, manager, own (whom the manager names) and (read) principal: the `owner()` of that owner, 0 where it is no proxy.
"""

from indexer.abi import load_interface
from indexer.evm import Address, address

VAT = load_interface("maker", "Vat")
SPOTTER = load_interface("maker", "Spotter")
JUG = load_interface("maker", "Jug")
VOW = load_interface("maker", "Vow")
DOG = load_interface("maker", "Dog")
CLIPPER = load_interface("maker", "Clipper")
ABACUS = load_interface("maker", "Abacus")
OSM = load_interface("maker", "Osm")
MANAGER = load_interface("maker", "CdpManager")
JOIN = load_interface("maker", "Join")
PROXY = load_interface("maker", "Proxy")

SETTINGS = ("buf", "tail", "cusp", "chip", "tip", "stopped")
CURVE = ("cut", "step", "tau")
SALE = ("tab", "lot", "user", "started", "top")
"""Fields of a Clipper, of an abacus, and of an auction."""

_WORD_DIGITS = 64
_ADDRESS_DIGITS = 42
_OWNER = "owner#"


def ilk_name(word: int) -> str:
    """The name of an ilk: its bytes as text where that is printable ASCII padded with zeros, else 0x and 64 digits."""
    raw = word.to_bytes(32, "big").rstrip(b"\0")
    printable = (
        bool(raw) and all(0x21 <= byte <= 0x7E for byte in raw) and not raw.startswith(b"0x") and b"#" not in raw
    )
    return raw.decode("ascii") if printable else f"0x{word:064x}"


def ilk_word(name: str) -> str:
    """The bytes32 of an ilk's name, as 0x and 64 hex digits."""
    if name.startswith("0x"):
        return name
    return "0x" + name.encode("ascii").hex().ljust(_WORD_DIGITS, "0")


def is_contract(market: str) -> bool:
    """Whether a market is not an ilk but a contract, named by its address."""
    return len(market) == _ADDRESS_DIGITS and market.startswith("0x")


def account_key(urn: Address, name: str) -> str:
    """The account key of an urn in an ilk."""
    return f"{urn}/{ilk_word(name)}"


def urn_of(key: str) -> Address:
    """The urn's address in an account key."""
    return Address(key.partition("/")[0])


def ilk_of(key: str) -> str | None:
    """The ilk's name in an account key; None for a key that is an address alone."""
    word = key.partition("/")[2]
    return ilk_name(int(word, 16)) if word else None


def auction_market(clip: Address, auction: int) -> str:
    """The market name under which a running auction's fields live."""
    return f"{clip}#{auction}"


def auction_of(market: str) -> tuple[Address, int] | None:
    """Clipper and id of an auction's market name; None for any other."""
    clip, mark, auction = market.partition("#")
    return (address(clip), int(auction)) if mark and is_contract(clip) else None


def owner_mark(key: str) -> str:
    """The name under which a draft notes that a vault's owner is to be read: nothing is ever stored under it."""
    return f"{_OWNER}{key}"


def marked_owner(market: str) -> str | None:
    """The account key in such a name; None for any other market."""
    return market[len(_OWNER) :] if market.startswith(_OWNER) else None
