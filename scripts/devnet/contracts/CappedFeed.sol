// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IAnswer {
    function latestAnswer() external view returns (int256);
    function decimals() external view returns (uint8);
}

/// @notice A price adapter like Aave's CAPO for stable coins: the smaller of a feed's answer and a cap.
/// @dev Stands between AaveOracle and the proxy, so the oracle's source of that asset is no Chainlink proxy.
contract CappedFeed {
    IAnswer public immutable ASSET_TO_USD_AGGREGATOR;
    address public immutable owner;
    int256 public priceCap;

    event PriceCapUpdated(int256 priceCap);

    constructor(address feed, int256 cap) {
        ASSET_TO_USD_AGGREGATOR = IAnswer(feed);
        owner = msg.sender;
        priceCap = cap;
        emit PriceCapUpdated(cap);
    }

    function setPriceCap(int256 cap) external {
        require(msg.sender == owner, "only the owner sets the cap");
        priceCap = cap;
        emit PriceCapUpdated(cap);
    }

    function latestAnswer() external view returns (int256) {
        int256 answer = ASSET_TO_USD_AGGREGATOR.latestAnswer();
        return answer > priceCap ? priceCap : answer;
    }

    function decimals() external view returns (uint8) {
        return ASSET_TO_USD_AGGREGATOR.decimals();
    }
}
