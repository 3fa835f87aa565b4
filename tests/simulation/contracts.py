"""What the contracts answer: the lens's packed calls, or one call by itself, against the storage of one block."""

from collections.abc import Callable

from indexer.abi import Interface
from indexer.evm import Address, Call, address
from indexer.node.lens import Outcome, Status
from indexer.protocols.aave_v3.interfaces import ERC20, ORACLE, POOL, PROVIDER, TOKEN
from tests.simulation.market import (
    CONFIGURATOR_AT,
    ORACLE_AT,
    POOL_AT,
    POOL_CODE,
    PROVIDER_AT,
    Listed,
    Pool,
    word,
)
from tests.unit.node.lens_wire import answer, parse

_Method = Callable[..., list[int] | None]


def run_lens(pool: Pool, code: bytes, at: int) -> bytes:
    """What the lens returns when run on this storage at timestamp `at`."""
    return answer([_outcome(pool, call, at) for call in parse(code)], at)


def run_call(pool: Pool, to: Address, data: bytes, at: int) -> bytes | None:
    """What one contract returns at timestamp `at`; None: it reverts."""
    method = (_methods_of(pool, to, at) or {}).get(data[:4])
    arguments = [int.from_bytes(data[i : i + 32]) for i in range(4, len(data), 32)]
    words = None if method is None else method(*arguments)
    return None if words is None else bytes.fromhex("".join(map(word, words)))


def _outcome(pool: Pool, call: Call, at: int) -> Outcome:
    if _methods_of(pool, call.to, at) is None:
        return Outcome(Status.NO_CODE)
    answered = run_call(pool, call.to, call.data, at)
    return Outcome(Status.FAILED) if answered is None else Outcome(Status.OK, answered[: call.answer_bytes])


def _named(interface: Interface, **methods: _Method) -> dict[bytes, _Method]:
    return {interface.functions[name].selector: method for name, method in methods.items()}


def _methods_of(pool: Pool, to: Address, at: int) -> dict[bytes, _Method] | None:
    deployed = int(pool.deployed)
    fixed: dict[Address, Callable[[], dict[bytes, _Method]]] = {
        PROVIDER_AT: lambda: _named(
            PROVIDER,
            getPool=lambda: [deployed * int(POOL_AT, 16)],
            getPoolConfigurator=lambda: [deployed * int(CONFIGURATOR_AT, 16)],
            getPriceOracle=lambda: [deployed * int(ORACLE_AT, 16)],
        ),
        POOL_AT: lambda: _pool(pool, at),
        POOL_CODE: lambda: _named(POOL, POOL_REVISION=lambda: [pool.revision]),
        CONFIGURATOR_AT: dict,
        ORACLE_AT: lambda: _oracle(pool, at),
    }
    if to in fixed:
        return fixed[to]()
    for own in pool.listed.values():
        if to in (own.reserve.asset, own.atoken, own.vdebt):
            return _token(pool, own, to)
    return None


def _oracle(pool: Pool, at: int) -> dict[bytes, _Method]:
    def price(asset: int) -> list[int] | None:
        own = pool.listed.get(address(asset))
        found = None if own is None else own.price(at)
        return None if found is None else [found]

    return _named(ORACLE, getAssetPrice=price, getSourceOfAsset=lambda _: [0])


def _pool(pool: Pool, at: int) -> dict[bytes, _Method]:
    def reserve_data(asset: int) -> list[int] | None:
        own = pool.listed.get(address(asset))
        if own is None:
            return [0] * 15
        it = own.reserve
        indices = [it.liquidity_index, it.liquidity_rate, it.variable_borrow_index, it.variable_borrow_rate]
        tokens = [int(own.atoken, 16), 0, int(own.vdebt, 16)]
        return [it.configuration, *indices, 0, it.last_update, it.id, *tokens, 0, 0, 0, 0]

    def configuration(asset: int) -> list[int]:
        own = pool.listed.get(address(asset))
        return [0 if own is None else own.reserve.configuration]

    def virtual(asset: int) -> list[int]:
        own = pool.listed.get(address(asset))
        return [0 if own is None else own.reserve.virtual_balance or 0]

    def flags(user: int) -> list[int]:
        listed = pool.listed.values()
        return [sum((address(user) in own.collateral) << 2 * own.reserve.id + 1 for own in listed)]

    def account_data(user: int) -> list[int] | None:
        said = pool.account_data(str(address(user)), at)
        return None if said is None else list(said)

    methods = _named(
        POOL,
        getReserveData=reserve_data,
        getConfiguration=configuration,
        getUserConfiguration=flags,
        getUserEMode=lambda _: [0],
        getReservesList=lambda: [32, len(pool.listed)],
        POOL_REVISION=lambda: [pool.revision],
        getUserAccountData=account_data,
        getReserveNormalizedIncome=lambda asset: [
            pool.contract.getNormalizedIncome(pool.listed[address(asset)].reserve, at)
        ],
        getReserveNormalizedVariableDebt=lambda asset: [
            pool.contract.getNormalizedDebt(pool.listed[address(asset)].reserve, at)
        ],
    )
    if pool.revision >= 4:
        methods |= _named(POOL, getVirtualUnderlyingBalance=virtual, getLiquidationGracePeriod=lambda _: [0])
    return methods


def _token(pool: Pool, own: Listed, to: Address) -> dict[bytes, _Method]:
    if to == own.reserve.asset:
        return _named(
            ERC20,
            decimals=lambda: [own.reserve.setting("decimals")],
            balanceOf=lambda holder: [(own.reserve.cash or 0) if address(holder) == own.atoken else 0],
        )
    token, revision = (own.supply if to == own.atoken else own.debt), 4 if pool.revision >= 9 else 1
    total = sum(token.balance.values())
    name = "ATOKEN_REVISION" if to == own.atoken else "DEBT_TOKEN_REVISION"
    scaled = _named(
        TOKEN,
        scaledTotalSupply=lambda: [total],
        scaledBalanceOf=lambda user: [token.balance.get(address(user), 0)],
        getPreviousIndex=lambda user: [token.additionalData.get(address(user), 0)],
    )
    return scaled | _named(TOKEN, **{name: lambda: [revision]})
