// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {MarketParams} from "./MorphoVariableIrm.sol";

interface IToken {
    function transfer(address to, uint256 value) external returns (bool);
    function approve(address spender, uint256 value) external returns (bool);
}

interface IPool {
    function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode) external;
    function borrow(address asset, uint256 amount, uint256 rateMode, uint16 referralCode, address onBehalfOf) external;
}

interface IVault is IToken {
    function asset() external view returns (address);
    function deposit(uint256 assets, address receiver) external returns (uint256 shares);
}

interface IMorphoCollateral {
    function supplyCollateral(MarketParams memory, uint256, address, bytes memory) external;
}

/// @notice Carries borrowed tokens from one protocol to another within one transaction, for a caller who has delegated
/// credit to it: debt and collateral are the caller's. Only for the devnet.
contract Looper {
    uint256 private constant VARIABLE = 2;

    /// @notice Borrows in one pool and posts so much of it in another; the caller gets the rest.
    function carry(IPool from, IPool to, address asset, uint256 borrowed, uint256 posted) external {
        from.borrow(asset, borrowed, VARIABLE, 0, msg.sender);
        IToken(asset).approve(address(to), posted);
        to.supply(asset, posted, msg.sender, 0);
        if (borrowed > posted) IToken(asset).transfer(msg.sender, borrowed - posted);
    }

    /// @notice Borrows in a pool what a vault takes, and posts the vault's shares on Morpho Blue.
    function carryWrapped(
        IPool from,
        IVault vault,
        IMorphoCollateral morpho,
        MarketParams memory market,
        uint256 borrowed
    ) external {
        address asset = vault.asset();
        from.borrow(asset, borrowed, VARIABLE, 0, msg.sender);
        IToken(asset).approve(address(vault), borrowed);
        uint256 shares = vault.deposit(borrowed, address(this));
        vault.approve(address(morpho), shares);
        morpho.supplyCollateral(market, shares, msg.sender, "");
    }
}
