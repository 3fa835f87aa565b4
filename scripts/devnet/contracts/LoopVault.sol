// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {ERC20} from "openzeppelin-contracts/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "openzeppelin-contracts/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "openzeppelin-contracts/contracts/token/ERC20/extensions/ERC4626.sol";

interface IPool {
    function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode) external;
    function withdraw(address asset, uint256 amount, address to) external returns (uint256);
    function borrow(address asset, uint256 amount, uint256 rateMode, uint16 referralCode, address onBehalfOf) external;
}

/// @notice A vault of many owners that is itself a borrower: deposits are its collateral in one pool, and its manager
/// posts what it borrows there in another. Only for the devnet.
/// @dev Its assets are that collateral: what it owes and what it posted are the same tokens and are left out.
contract LoopVault is ERC4626 {
    IPool public immutable HOME;
    IERC20 public immutable HOME_RECEIPT;
    address public immutable manager;

    modifier onlyManager() {
        require(msg.sender == manager, "only the manager");
        _;
    }

    constructor(IERC20 asset_, IPool home, IERC20 homeReceipt) ERC4626(asset_) ERC20("Loop vault", "LOOP") {
        HOME = home;
        HOME_RECEIPT = homeReceipt;
        manager = msg.sender;
        asset_.approve(address(home), type(uint256).max);
    }

    function totalAssets() public view override returns (uint256) {
        return HOME_RECEIPT.balanceOf(address(this)) + IERC20(asset()).balanceOf(address(this));
    }

    function borrow(address token, uint256 amount) external onlyManager {
        HOME.borrow(token, amount, 2, 0, address(this));
    }

    function post(IPool pool, address token, uint256 amount) external onlyManager {
        IERC20(token).approve(address(pool), amount);
        pool.supply(token, amount, address(this), 0);
    }

    function _deposit(address caller, address receiver, uint256 assets, uint256 shares) internal override {
        super._deposit(caller, receiver, assets, shares);
        HOME.supply(asset(), assets, address(this), 0);
    }

    function _withdraw(address caller, address receiver, address owner, uint256 assets, uint256 shares)
        internal
        override
    {
        HOME.withdraw(asset(), assets, address(this));
        super._withdraw(caller, receiver, owner, assets, shares);
    }
}
