"""Which of one owner's positions falls first when what stands behind his collaterals falls together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from indexer.evm import Address
from indexer.protocols._boundary import PPM, first_true
from indexer.risk.contagion.falls import Backings, Falls
from indexer.risk.contagion.seam import Standing, Stressed
from indexer.risk.contagion.shock import Shock
from indexer.risk.footprints import Account


@dataclass(frozen=True, slots=True)
class FirstToFall:
    """The first of them, at which fall (a fraction of 1), and all of them exactly at that fall, in their order."""

    account: Account
    fall: Fraction
    standings: tuple[Standing, ...]


def first_to_fall(stressed: Stressed, accounts: Iterable[Account], backings: Backings) -> FirstToFall | None:
    """The smallest fall, in millionths, of the base assets behind the collaterals at which one more account is below.

    What the owner owes too is left where it is (dollars that he borrowed here and put up there): it falls only where
    he owes everything he has put up, and then on both sides, so that a loop of one asset never falls. None where
    nobody falls at any.
    Accounts that are below, or unknown, as things are: in the standings only. Found by bisection, as projections are: a
    true boundary, where a price that counts on both sides could make several.
    """
    start, those = Falls(backings), list(accounts)
    bases = _bases([stressed.standing(account, start) for account in those], backings)

    def at(fall: int) -> Falls:
        return Falls(backings, Shock(dict.fromkeys(bases, Fraction(fall, PPM))))

    found: list[tuple[int, Account]] = []
    for account in those:
        most = found[0][0] if found else PPM - 1  # a price of 0 is none to some contracts
        fall = first_true(lambda ppm, own=account: stressed.standing(own, at(ppm)).is_below, 0, most)  # type: ignore[misc]
        if fall is not None and (not found or fall < most):
            found = [(fall, account)]
    if not found:
        return None
    fall, account = found[0]
    return FirstToFall(account, Fraction(fall, PPM), tuple(stressed.standing(each, at(fall)) for each in those))


def _bases(standings: Sequence[Standing], backings: Backings) -> dict[Address, None]:
    route = backings.look.route
    held = [route(each.token).base for standing in standings for each in standing.collaterals]
    owed = {route(each.token).base for standing in standings for each in standing.debts}
    bases = {base: None for base in held if base is not None}
    return {base: None for base in bases if base not in owed} or bases
