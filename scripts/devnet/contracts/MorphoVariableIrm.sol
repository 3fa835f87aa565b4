// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

struct MarketParams {
    address loanToken;
    address collateralToken;
    address oracle;
    address irm;
    uint256 lltv;
}

struct Market {
    uint128 totalSupplyAssets;
    uint128 totalSupplyShares;
    uint128 totalBorrowAssets;
    uint128 totalBorrowShares;
    uint128 lastUpdate;
    uint128 fee;
}

/// @notice A rate for Morpho Blue that depends on use, on time since the last accrual, and on what it remembers.
/// @dev borrowRate changes what borrowRateView answers next. It can be made to revert. Only for the devnet.
contract MorphoVariableIrm {
    uint256 private constant YEAR = 365 days;
    uint256 private constant MOST = 0.6e18 / YEAR;
    uint256 private constant LEAST = 0.002e18 / YEAR;
    uint256 private constant FIRST = 0.05e18 / YEAR;

    address public immutable MORPHO;
    address public immutable owner;
    bool public broken;
    mapping(bytes32 => uint256) public remembered;

    constructor(address morpho) {
        MORPHO = morpho;
        owner = msg.sender;
    }

    function setBroken(bool broken_) external {
        require(msg.sender == owner, "only the owner breaks it");
        broken = broken_;
    }

    function borrowRateView(MarketParams memory marketParams, Market memory market) external view returns (uint256) {
        (uint256 rate,) = _rates(keccak256(abi.encode(marketParams)), market);
        return rate;
    }

    function borrowRate(MarketParams memory marketParams, Market memory market) external returns (uint256) {
        require(msg.sender == MORPHO, "only Morpho");
        bytes32 id = keccak256(abi.encode(marketParams));
        (uint256 rate, uint256 next) = _rates(id, market);
        remembered[id] = next;
        return rate;
    }

    /// @dev The rate of the time since the last accrual, and the base to remember: it drifts towards half use.
    function _rates(bytes32 id, Market memory market) private view returns (uint256 rate, uint256 next) {
        require(!broken, "broken");
        uint256 base = remembered[id] == 0 ? FIRST : remembered[id];
        uint256 used = market.totalSupplyAssets == 0 ? 0 : uint256(market.totalBorrowAssets) * 1e18 / market.totalSupplyAssets;
        uint256 elapsed = block.timestamp - market.lastUpdate;
        uint256 drift = base * (elapsed > 30 days ? 30 days : elapsed) / 300 days;
        next = used > 0.5e18 ? base + drift : base - drift;
        next = next > MOST ? MOST : next < LEAST ? LEAST : next;
        rate = (base + next) / 2 + (base + next) * used / 1e18;
    }
}
