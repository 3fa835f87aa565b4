"""The configuration of a Comet: immutables of its implementation, so an upgrade is what changes it.

Asked of the implementation an Upgraded log names, or through the proxy where no such log was seen.
"""

from collections.abc import Iterator, Mapping

from indexer.abi import word_of, words_of
from indexer.book import Book, Draft, Entity
from indexer.evm import Address, Answer, Call, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.compound_v3.interfaces import COMET, MAX_ASSETS

GETTERS = {
    "baseToken": "base_token",
    "baseTokenPriceFeed": "base_feed",
    "baseScale": "base_scale",
    "numAssets": "num_assets",
    "maxAssets": "max_assets",
    "baseIndexScale": "index_scale",
    "factorScale": "factor_scale",
    "priceScale": "price_scale",
    "supplyKink": "supply_kink",
    "supplyPerSecondInterestRateBase": "supply_base",
    "supplyPerSecondInterestRateSlopeLow": "supply_slope_low",
    "supplyPerSecondInterestRateSlopeHigh": "supply_slope_high",
    "borrowKink": "borrow_kink",
    "borrowPerSecondInterestRateBase": "borrow_base",
    "borrowPerSecondInterestRateSlopeLow": "borrow_slope_low",
    "borrowPerSecondInterestRateSlopeHigh": "borrow_slope_high",
    "storeFrontPriceFactor": "store_front_price_factor",
    "targetReserves": "target_reserves",
    "baseBorrowMin": "base_borrow_min",
}
ASSET_FIELDS = (
    "offset",
    None,
    "feed",
    "scale",
    "borrow_factor",
    "liquidate_factor",
    "liquidation_factor",
    "supply_cap",
)
"""The words of `getAssetInfo`; the second is the asset, which names the market."""

_ASSET_WORD = 1
_READ = ("price", "next_price", "cash")
"""What is not read any more of an asset that was dropped."""


def calls(at: Address) -> list[Call]:
    """Every getter, and the info of every asset there may be; those beyond `numAssets` revert."""
    own = [COMET.call(getter, at) for getter in GETTERS]
    return own + [COMET.call("getAssetInfo", at, offset) for offset in range(MAX_ASSETS)]


def is_known(deployment: Deployment, draft: Draft) -> bool:
    """Whether the configuration was read."""
    return draft.get(Entity(deployment.name), "num_assets") is not None


def apply(deployment: Deployment, draft: Draft, at: Address, answers: Facts) -> None:
    """Write the configuration as `at` answered it.

    What does not answer like a Comet leaves none, which is read through the proxy with the next block's state.
    """
    own, found = Entity(deployment.name), read(at, answers)
    if found is None:
        draft.set(own, "num_assets", None)
        return
    settings, assets = found
    if settings["base_feed"] != draft.get(own, "base_feed"):
        draft.set(own, "base_is_usd", None)
    for field, value in settings.items():
        draft.set(own, field, value)
    for market in draft.markets(deployment.name):
        if market not in assets and draft.get(Entity(deployment.name, market), "offset") is not None:
            _write_asset(draft, Entity(deployment.name, market), dict.fromkeys((*filter(None, ASSET_FIELDS), *_READ)))
    for market, fields in assets.items():
        _write_asset(draft, Entity(deployment.name, market), fields)


def read(at: Address, answers: Facts) -> tuple[dict[str, int], dict[Address, dict[str, int | None]]] | None:
    """The settings, and each asset's fields by address; None where the answers are not a Comet's."""
    settings: dict[str, int] = {}
    for getter, field in GETTERS.items():
        value = word_of(answers.get(COMET.call(getter, at)))
        if value is None:
            return None
        settings[field] = value
    assets: dict[Address, dict[str, int | None]] = {}
    for offset in range(min(settings["num_assets"], MAX_ASSETS)):
        info = _asset(answers.get(COMET.call("getAssetInfo", at, offset)))
        if info is None:
            return None
        assets[info[0]] = info[1]
    return settings, assets


def assets(deployment: Deployment, book: Book | Draft) -> Iterator[Entity]:
    """The markets of the collateral assets configured now, in no particular order."""
    draft = book if isinstance(book, Draft) else Draft(book)
    for market in draft.markets(deployment.name):
        where = Entity(deployment.name, market)
        if draft.get(where, "offset") is not None:
            yield where


def _asset(answer: Answer) -> tuple[Address, dict[str, int | None]] | None:
    words = words_of(answer, len(ASSET_FIELDS))
    if words is None:
        return None
    fields = {field: word for field, word in zip(ASSET_FIELDS, words, strict=True) if field is not None}
    return address(words[_ASSET_WORD]), dict(fields)


def _write_asset(draft: Draft, where: Entity, fields: Mapping[str, int | None]) -> None:
    for field, value in fields.items():
        draft.set(where, field, value)
