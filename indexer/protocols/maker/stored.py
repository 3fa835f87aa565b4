"""From stored fields to the plain integers the maths takes."""

from collections.abc import Mapping

from indexer.book import DeploymentBook
from indexer.evm import ZERO_ADDRESS, Address, address
from indexer.protocols.maker.auction import Abacus, Curve
from indexer.protocols.maker.bark import Limits
from indexer.protocols.maker.interfaces import ilk_of, urn_of
from indexer.protocols.maker.state import Clip, Core, Ilk, Oracle, Vault
from indexer.protocols.maker.vault import spot_of
from indexer.words import Ownership

PLAIN_DECIMALS = 18
"""Of a token whose join is not known."""
Fields = Mapping[str, int]
_NOTHING: Fields = {}


def stored_core(rows: DeploymentBook, vat: Address) -> Core:
    """What all ilks share; Dai is the Vat's own where no adapter was ever seen."""
    own = rows.own
    return Core(
        live=bool(own.get("live", 1)),
        dog_live=bool(own.get("dog_live", 1)),
        par=own.get("par", 0),
        base=own.get("base", 0),
        debt=own.get("debt", 0),
        dai=address(own["dai"]) if own.get("dai") else vat,
        has_dog=bool(own.get("dog")),
    )


def stored_ilks(rows: DeploymentBook, prices: Mapping[str, int | None] | None) -> dict[str, Ilk]:
    """Every ilk by name, at stored prices or (not None) at given ones."""
    return {name: _ilk(rows, name, fields, prices) for name, fields in rows.markets.items() if "listed" in fields}


def _ilk(rows: DeploymentBook, name: str, fields: Fields, prices: Mapping[str, int | None] | None) -> Ilk:
    spot, price, mat = fields.get("spot", 0), fields.get("price"), fields.get("mat", 0)
    if prices is not None and prices.get(name) != price:
        price = prices.get(name)
        spot = spot_of(price, mat) if price and mat else 0
    clip = fields.get("clip", 0)
    return Ilk(
        name=name,
        art=fields.get("art", 0),
        rate=fields.get("rate", 0),
        spot=spot,
        line=fields.get("line", 0),
        dust=fields.get("dust", 0),
        price=price if spot else None,
        mat=mat,
        duty=fields.get("duty", 0),
        rho=fields.get("rho", 0),
        asset=address(fields["gem"]) if fields.get("gem") else ZERO_ADDRESS,
        decimals=fields.get("decimals", PLAIN_DECIMALS),
        limits=_limits(rows.own, fields),
        clip=_clip(rows, address(clip)) if clip else None,
        oracle=_oracle(rows, fields),
    )


def _limits(own: Fields, fields: Fields) -> Limits:
    return Limits(
        fields.get("chop", 0),
        fields.get("hole", 0),
        fields.get("dirt", 0),
        own.get("hole_all", 0),
        own.get("dirt_all", 0),
    )


def _clip(rows: DeploymentBook, clip: Address) -> Clip:
    fields = rows.markets.get(clip, _NOTHING)
    return Clip(
        address=clip,
        buf=fields.get("buf"),
        tail=fields.get("tail", 0),
        cusp=fields.get("cusp", 0),
        chip=fields.get("chip", 0),
        tip=fields.get("tip", 0),
        chost=fields.get("chost"),
        stopped=fields.get("stopped", 0),
        abacus=stored_abacus(rows, clip),
    )


def stored_abacus(rows: DeploymentBook, clip: Address) -> Abacus | None:
    """The calculator of a Clipper, told by the words it has: tau, cut with step, or cut alone. None: not known."""
    calc = rows.markets.get(clip, _NOTHING).get("calc")
    fields = rows.markets.get(address(calc), _NOTHING) if calc else _NOTHING
    if "tau" in fields:
        return Abacus(Curve.LINEAR, tau=fields["tau"])
    if "cut" not in fields:
        return None
    curve = Curve.STAIRSTEP if "step" in fields else Curve.EXPONENTIAL
    return Abacus(curve, cut=fields["cut"], step=fields.get("step", 0))


def _oracle(rows: DeploymentBook, fields: Fields) -> Oracle | None:
    pip = fields.get("pip")
    if not pip:
        return None
    said = rows.markets.get(address(pip), _NOTHING)
    value = said.get("current")
    if "has_peeked" in said:
        value = said["peeked"] if said["has_peeked"] else 0
    upcoming = said.get("upcoming")
    if said.get("has_peeped"):
        upcoming = said["peeped"]
    known = "stepped_at" in said and said.get("hop")
    return Oracle(address(pip), value, upcoming, said["stepped_at"] + said["hop"] if known else None)


def stored_vault(rows: DeploymentBook, ilks: Mapping[str, Ilk], key: str) -> Vault | None:
    """The vault of an account key; None for a key that has no position."""
    name = ilk_of(key)
    if name is None or name not in ilks:
        return None
    for market, row in rows.positions_of(key):
        if market == name:
            ink, art = rows.position_value(row, "ink"), rows.position_value(row, "art")
            return Vault(urn_of(key), ilks[name], ink, art)
    return None


def owner_of(rows: DeploymentBook, key: str) -> tuple[Address, Ownership]:
    """Whom a vault belongs to, and how that is known (`belongs_to`)."""
    return belongs_to(urn_of(key), rows.account_field(key, "own"), rows.account_field(key, "principal"))


def belongs_to(urn: Address, own: int | None, principal: int | None) -> tuple[Address, Ownership]:
    """The owner its manager names (`own`), and behind a proxy the proxy's (`principal`); else the urn itself."""
    if not own:
        return urn, Ownership.SAME_ADDRESS
    if principal:
        return address(principal), Ownership.PROXY
    return address(own), Ownership.VAULT_MANAGER
