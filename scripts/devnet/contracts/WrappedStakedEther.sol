// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {ERC20} from "openzeppelin-contracts/contracts/token/ERC20/ERC20.sol";

import {StakedEther} from "./StakedEther.sol";

/// @notice Staked ether whose balances stand still, in the manner of wstETH: one unit is one share. Only for the devnet.
contract WrappedStakedEther is ERC20 {
    StakedEther public immutable stETH;

    constructor(StakedEther staked) ERC20("Wrapped Staked Ether", "WSTKETH") {
        stETH = staked;
    }

    function wrap(uint256 stETHAmount) external returns (uint256 wrapped) {
        wrapped = stETH.getSharesByPooledEth(stETHAmount);
        require(wrapped > 0, "nothing to wrap");
        _mint(msg.sender, wrapped);
        require(stETH.transferFrom(msg.sender, address(this), stETHAmount), "transfer failed");
    }

    function unwrap(uint256 wstETHAmount) external returns (uint256 stETHAmount) {
        stETHAmount = stETH.getPooledEthByShares(wstETHAmount);
        _burn(msg.sender, wstETHAmount);
        require(stETH.transfer(msg.sender, stETHAmount), "transfer failed");
    }

    function getStETHByWstETH(uint256 wstETHAmount) external view returns (uint256) {
        return stETH.getPooledEthByShares(wstETHAmount);
    }

    function getWstETHByStETH(uint256 stETHAmount) external view returns (uint256) {
        return stETH.getSharesByPooledEth(stETHAmount);
    }

    function stEthPerToken() external view returns (uint256) {
        return stETH.getPooledEthByShares(1 ether);
    }

    function tokensPerStEth() external view returns (uint256) {
        return stETH.getSharesByPooledEth(1 ether);
    }
}
