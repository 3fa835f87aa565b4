// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IToken {
    function transfer(address to, uint256 value) external returns (bool);
    function approve(address spender, uint256 value) external returns (bool);
    function mint(address to, uint256 value) external;
}

/// @notice Takes flash loans. With empty params it hands the loan on to the initiator and repays nothing, which is
/// right for loans that become debt (mode 2). Otherwise it mints the premium and repays (mode 0).
contract FlashReceiver {
    function executeOperation(
        address[] calldata assets,
        uint256[] calldata amounts,
        uint256[] calldata premiums,
        address initiator,
        bytes calldata params
    ) external returns (bool) {
        for (uint256 i = 0; i < assets.length; i++) {
            IToken token = IToken(assets[i]);
            if (params.length == 0) {
                require(token.transfer(initiator, amounts[i]), "transfer failed");
            } else {
                token.mint(address(this), premiums[i]);
                require(token.approve(msg.sender, amounts[i] + premiums[i]), "approval failed");
            }
        }
        return true;
    }
}
