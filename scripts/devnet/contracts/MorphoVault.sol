// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {MarketParams} from "./MorphoVariableIrm.sol";

interface IMorphoSupply {
    function supply(MarketParams memory, uint256, uint256, address, bytes memory) external returns (uint256, uint256);
    function withdraw(MarketParams memory, uint256, uint256, address, address) external returns (uint256, uint256);
}

interface IToken {
    function approve(address, uint256) external returns (bool);
    function mint(address, uint256) external;
}

/// @notice A contract that owns supply in several markets, as a vault does. Only for the devnet.
contract MorphoVault {
    IMorphoSupply public immutable MORPHO;

    constructor(address morpho) {
        MORPHO = IMorphoSupply(morpho);
    }

    function allocate(MarketParams memory market, uint256 assets) external {
        IToken(market.loanToken).mint(address(this), assets);
        IToken(market.loanToken).approve(address(MORPHO), assets);
        MORPHO.supply(market, assets, 0, address(this), "");
    }

    function deallocate(MarketParams memory market, uint256 assets) external {
        MORPHO.withdraw(market, assets, 0, address(this), msg.sender);
    }
}
