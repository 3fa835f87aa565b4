"""What may be asked: the parameters, their limits, and what is refused. The names are the command line's."""

from collections import Counter
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import Path, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from indexer.api.faults import ApiFault
from indexer.evm import address
from indexer.reports.accounts import Filters, wad
from indexer.reports.chains.contagion import Asked as AskedShocks
from indexer.reports.chains.rows import ChainFilters
from indexer.reports.liquidations import LiquidationFilters
from indexer.reports.metrics import HAIRCUT, Measured
from indexer.risk.contagion.walk import ROUNDS
from indexer.risk.flags import CIRCULAR_ABOVE, Flag
from indexer.risk.ranking import SortBy

LARGEST_BLOCK = 2**63 - 1
LATEST_TIMESTAMP = 2**40 - 1
"""The contracts keep times in 40 bits."""
MOST_ROWS = 1_000
USUAL_ROWS = 100
LONGEST_CURSOR = 2_000
_REPEATED = frozenset(("shock",))
_SHARE = r"^(0(\.[0-9]{1,12})?|[0-9]{1,2}(\.[0-9]{1,12})?%)$"
"""`10%` or `0.1`."""


def _share(value: str) -> float:
    return float(value.rstrip("%")) / (100 if value.endswith("%") else 1)


def _address(value: str | None) -> str | None:
    return None if value is None else address(value)


AddressPath = Annotated[
    str,
    Path(pattern="^0x[0-9a-fA-F]{40}$", description="0x and 40 hex digits, in any case."),
    AfterValidator(address),
]
OneAddress = Annotated[str | None, Field(pattern="^0x[0-9a-fA-F]{40}$"), AfterValidator(_address)]
Block = Annotated[
    int | None,
    Field(ge=0, le=LARGEST_BLOCK, description="Answer for this block of the past; the newest one unless set."),
]
AtTimestamp = Annotated[
    int | None,
    Field(
        ge=0,
        le=LATEST_TIMESTAMP,
        description="Accrue the block's state to this Unix time, as a transaction mined then would see it.",
    ),
]
Name = Annotated[str | None, Field(min_length=1, max_length=200, description="Only this deployment.")]
Usd = Annotated[float | None, Field(ge=0, le=1e18, allow_inf_nan=False)]
Cursor = Annotated[
    str | None,
    Field(
        max_length=LONGEST_CURSOR,
        pattern="^[A-Za-z0-9_-]+$",
        description="`next_cursor` of the page before: the next rows of the very same block, filters and order.",
    ),
]
Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="At most this many rows.")]


class Query(BaseModel):
    """A question: a parameter that is not there is refused, and so is one given twice (`refuse_repeated`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BlockQuery(Query):
    """Any block."""

    block: Block = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is not about the newest block as it stands."""
        return self.block is not None

    @property
    def moment(self) -> int | None:
        """The time asked about, where it is not the block's own."""
        return None


class MomentQuery(BlockQuery):
    """Any block, and any time after it."""

    at_timestamp: AtTimestamp = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is not about the newest block as it stands."""
        return self.block is not None or self.at_timestamp is not None

    @property
    def moment(self) -> int | None:
        """The time asked about, where it is not the block's own."""
        return self.at_timestamp


class AccountQuery(MomentQuery):
    """One address, and what is computed about its accounts besides."""

    target: Annotated[
        float | None,
        Field(
            ge=0,
            le=1_000,
            allow_inf_nan=False,
            description="Say what to repay, or to add, so that the health factor reaches this.",
        ),
    ] = None
    haircut: Annotated[
        str | None,
        Field(
            pattern=_SHARE,
            description="What a hurried sale loses of the collateral, for `haircut_ratio`: 10% unless set.",
        ),
    ] = None

    @property
    def measured(self) -> Measured:
        """The same for the reports."""
        haircut = HAIRCUT if self.haircut is None else _share(self.haircut)
        return Measured(haircut, None if self.target is None else wad(self.target))


class TableQuery(BlockQuery):
    """One row a market."""

    deployment: Name = None


class ListQuery(BlockQuery):
    """A list that is read page by page."""

    deployment: Name = None
    limit: Limit = USUAL_ROWS
    cursor: Cursor = None

    @property
    def question(self) -> Self:
        """What makes the list: everything but how much of it is shown."""
        return self.model_copy(update={"limit": USUAL_ROWS, "cursor": None})


class PageQuery(ListQuery, MomentQuery):
    """A list of accounts."""


class LiquidationsQuery(ListQuery):
    """Liquidations as they happened."""

    account: Annotated[OneAddress, Field(description="Only of this account.")] = None
    owner: Annotated[OneAddress, Field(description="Only of this owner's accounts.")] = None
    liquidator: Annotated[OneAddress, Field(description="Only by this liquidator.")] = None
    since_block: Annotated[int | None, Field(ge=0, le=LARGEST_BLOCK, description="The first block.")] = None
    until_block: Annotated[int | None, Field(ge=0, le=LARGEST_BLOCK, description="The last block.")] = None

    def filters(self, after: tuple[int, int] | None) -> LiquidationFilters:
        """The same for the reports."""
        return LiquidationFilters(
            account=self.account,
            owner=self.owner,
            deployment=self.deployment,
            liquidator=self.liquidator,
            since_block=self.since_block,
            until_block=self.until_block,
            limit=self.limit,
            after=after,
        )


class WatchQuery(PageQuery):
    """The watch list."""

    below: Annotated[
        float | None,
        Field(ge=0, le=1e6, allow_inf_nan=False, description="Health factors strictly under this; `[watch] below`."),
    ] = None
    min_debt: Annotated[Usd, Field(description="At least this much debt, in dollars.")] = None
    within_drop: Annotated[
        str | None,
        Field(
            pattern=_SHARE,
            description="Only accounts that a fall of all their collateral by this much makes liquidatable.",
        ),
    ] = None
    executable: Annotated[bool, Field(description="Only accounts a liquidation of which would succeed now.")] = False
    sort: Annotated[SortBy, Field(description="What comes first.")] = SortBy.HEALTH
    projections: Annotated[bool, Field(description="Add what it takes: price falls and interest.")] = False

    @property
    def filters(self) -> Filters:
        """The same for the reports; paging apart."""
        return Filters(
            below=self.below,
            deployment=self.deployment,
            min_debt_usd=self.min_debt,
            within_drop=None if self.within_drop is None else _share(self.within_drop),
            executable=self.executable,
            sort=self.sort,
            projections=self.projections,
        )


class ChainsQuery(BlockQuery):
    """Collateral chains."""

    owner: Annotated[OneAddress, Field(description="Only this owner's.")] = None
    flag: Annotated[Flag | None, Field(description="Only chains with this flag.")] = None
    deployment: Annotated[Name, Field(description="Only chains that pass through this deployment.")] = None
    min: Annotated[Usd, Field(description="At least this many dollars at most (`high_usd`).")] = None
    circular_above: Annotated[
        float, Field(ge=0, le=1000, allow_inf_nan=False, description="Flag cycles with a larger gain.")
    ] = float(CIRCULAR_ABOVE)
    limit: Limit = USUAL_ROWS

    @property
    def filters(self) -> ChainFilters:
        """The same for the reports."""
        return ChainFilters(
            self.owner, None if self.flag is None else self.flag.value, self.deployment, self.min, self.limit
        )


class ContagionQuery(BlockQuery):
    """What a shock reaches."""

    shock: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]],
        Field(
            min_length=1,
            max_length=20,
            description="ETH=-20%, rate:0xTOKEN=-3% or bad_debt:DEPLOYMENT/MARKET=RAW; several strike at once.",
        ),
    ]
    rounds: Annotated[int, Field(ge=1, le=ROUNDS, description="Stop after so many rounds.")] = ROUNDS
    limit: Limit = USUAL_ROWS

    @property
    def asked(self) -> AskedShocks:
        """The same for the reports."""
        return AskedShocks(self.shock, self.rounds, self.limit)


async def refuse_repeated(request: Request) -> None:
    """A parameter given twice has no meaning, and which one would count is anybody's guess."""
    names = Counter(name for name, _ in request.query_params.multi_items() if name not in _REPEATED)
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise ApiFault(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", f"{', '.join(twice)}: given more than once")
