"""The kinds of wrappers: what each contract is asked, and what its answer means.

Sources: the functions of `abis/wrappers/Wrappers.json`, which names them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from indexer.evm import Address

SAMPLES = (10**36, 10**33, 10**18)
"""Amounts a contract is asked to convert, the largest first: the first that it answers makes the rate.

10**36 passes no limit but EVault's (amounts under 2**112); Lido V3 refuses what is not under 2**128.
"""


class WrapperClass(StrEnum):
    """What can become of the underlying."""

    WRAP = "wrap"
    """The same thing in another coat: worth the underlying as long as the contract is sound."""
    CLAIM = "claim"
    """A claim on what somebody does with the underlying, lending it for one: it may be lost, or not at hand."""


class WrapperKind(StrEnum):
    """How a token stands for another."""

    ERC4626 = "erc4626"
    STATIC_A_TOKEN = "static_a_token"  # noqa: S105  # a kind of token, no password
    """An ERC-4626 vault over an aToken: its underlying is the aToken, which is worth the vault's asset one to one."""
    WSTETH = "wsteth"
    WEETH = "weeth"
    RETH = "reth"
    CBETH = "cbeth"
    SAME = "same"
    """One to one, by agreement and not by a contract: stETH for WETH."""

    @property
    def wrapper_class(self) -> WrapperClass:
        """What the rate is a rate of. A vault may lend what it holds, so every ERC-4626 vault is a claim."""
        return WrapperClass.CLAIM if self is WrapperKind.ERC4626 else WrapperClass.WRAP

    @property
    def names_underlying(self) -> bool:
        """Whether the contract itself tells its underlying; the others' must be given."""
        return bool(FORMS[self].underlying)


@dataclass(frozen=True, slots=True)
class Form:
    """The functions of a kind, "" where it has none. `samples`: what the rate's denominator may be."""

    code: int
    """How the kind is stored; never another kind's."""
    underlying: str
    conversion: str
    samples: tuple[int, ...] = SAMPLES
    takes_sample: bool = True


FORMS: Mapping[WrapperKind, Form] = {
    WrapperKind.ERC4626: Form(1, "asset", "convertToAssets"),
    WrapperKind.STATIC_A_TOKEN: Form(2, "aToken", "convertToAssets"),
    WrapperKind.WSTETH: Form(3, "stETH", "getStETHByWstETH"),
    WrapperKind.WEETH: Form(4, "eETH", "getEETHByWeETH"),
    WrapperKind.RETH: Form(5, "", "getEthValue"),
    WrapperKind.CBETH: Form(6, "", "exchangeRate", (10**18,), takes_sample=False),
    WrapperKind.SAME: Form(7, "", "", ()),
}
PLAIN = 0
"""The stored code of a token that stands for nothing but itself."""
KINDS: Mapping[int, WrapperKind] = {form.code: kind for kind, form in FORMS.items()}


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What a token is, as the built-in table, the configuration or its contract says. None: its contract tells."""

    kind: WrapperKind
    underlying: Address | None = None
