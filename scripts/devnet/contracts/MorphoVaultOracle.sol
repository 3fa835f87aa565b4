// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IFeed {
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);
}

interface IVault {
    function convertToAssets(uint256 shares) external view returns (uint256);
}

/// @notice A price for Morpho Blue of the shares of a vault: what a share is worth, times its asset's feed, over the
/// loan token's. The feeds are Chainlink proxies of the same decimals.
/// @dev price() is in loan token units per share unit, times 1e36. It can be made to revert. Only for the devnet.
contract MorphoVaultOracle {
    address public immutable BASE_VAULT;
    uint256 public immutable BASE_VAULT_CONVERSION_SAMPLE;
    address public immutable BASE_FEED_1;
    address public immutable QUOTE_FEED_1;
    uint256 public immutable SCALE_FACTOR;
    address public immutable owner;
    bool public broken;

    constructor(address vault, uint256 sample, address baseFeed, address quoteFeed, uint256 decimals, uint256 loanDecimals) {
        BASE_VAULT = vault;
        BASE_VAULT_CONVERSION_SAMPLE = sample;
        BASE_FEED_1 = baseFeed;
        QUOTE_FEED_1 = quoteFeed;
        SCALE_FACTOR = 10 ** (36 + loanDecimals - decimals) / sample;
        owner = msg.sender;
    }

    function setBroken(bool broken_) external {
        require(msg.sender == owner, "only the owner breaks it");
        broken = broken_;
    }

    function price() external view returns (uint256) {
        require(!broken, "broken");
        uint256 assets = IVault(BASE_VAULT).convertToAssets(BASE_VAULT_CONVERSION_SAMPLE);
        return SCALE_FACTOR * assets * _answer(BASE_FEED_1) / _answer(QUOTE_FEED_1);
    }

    function _answer(address feed) private view returns (uint256) {
        (, int256 answer,,,) = IFeed(feed).latestRoundData();
        require(answer >= 0, "negative answer");
        return uint256(answer);
    }
}
