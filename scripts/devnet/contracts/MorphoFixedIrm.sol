// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Market, MarketParams} from "./MorphoVariableIrm.sol";

/// @notice The same rate for every market at every time. Only for the devnet.
contract MorphoFixedIrm {
    uint256 public immutable RATE;

    constructor(uint256 rate) {
        RATE = rate;
    }

    function borrowRateView(MarketParams memory, Market memory) external view returns (uint256) {
        return RATE;
    }

    function borrowRate(MarketParams memory, Market memory) external view returns (uint256) {
        return RATE;
    }
}
