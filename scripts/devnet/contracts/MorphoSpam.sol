// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {MarketParams} from "./MorphoVariableIrm.sol";

interface IMorphoMarkets {
    function createMarket(MarketParams memory) external;
}

/// @notice Creates markets nobody needs: each with an oracle of its own that is no contract. Only for the devnet.
contract MorphoSpam {
    function create(IMorphoMarkets morpho, MarketParams memory market, uint256 first, uint256 count) external {
        for (uint256 n = first; n < first + count; n++) {
            market.oracle = address(uint160(uint256(keccak256(abi.encode(n)))));
            morpho.createMarket(market);
        }
    }
}
