// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IFeed {
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);
}

/// @notice A price for Morpho Blue over two Chainlink proxies of the same decimals: collateral over loan token.
/// @dev price() is in loan token units per collateral unit, times 1e36. It can be made to revert. Only for the devnet.
contract MorphoOracle {
    address public immutable BASE_FEED_1;
    address public immutable QUOTE_FEED_1;
    uint256 public immutable SCALE_FACTOR;
    address public immutable owner;
    bool public broken;

    constructor(address baseFeed, address quoteFeed, uint256 collateralDecimals, uint256 loanDecimals) {
        BASE_FEED_1 = baseFeed;
        QUOTE_FEED_1 = quoteFeed;
        SCALE_FACTOR = 10 ** (36 + loanDecimals - collateralDecimals);
        owner = msg.sender;
    }

    function setBroken(bool broken_) external {
        require(msg.sender == owner, "only the owner breaks it");
        broken = broken_;
    }

    function price() external view returns (uint256) {
        require(!broken, "broken");
        return SCALE_FACTOR * _answer(BASE_FEED_1) / _answer(QUOTE_FEED_1);
    }

    function _answer(address feed) private view returns (uint256) {
        (, int256 answer,,,) = IFeed(feed).latestRoundData();
        require(answer >= 0, "negative answer");
        return uint256(answer);
    }
}
