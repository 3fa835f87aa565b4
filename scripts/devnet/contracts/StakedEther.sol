// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IEther {
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    function mint(address to, uint256 value) external;
}

/// @notice Staked ether in the manner of stETH: an account has shares, its balance is their part of the pool, floored.
/// @dev Takes WETH one for one. The owner reports what the pool is worth. A gain is minted here, so the pool is backed;
/// after a loss what is lost just lies here. Only for the devnet.
contract StakedEther {
    string public constant name = "Staked Ether";
    string public constant symbol = "STKETH";
    uint8 public constant decimals = 18;
    IEther public immutable ETHER;
    address public immutable owner;
    uint256 public getTotalShares;
    uint256 public getTotalPooledEther;
    mapping(address => uint256) public sharesOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event TransferShares(address indexed from, address indexed to, uint256 sharesValue);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    /// @dev Named as Lido names it; there are no fees here, and no report times.
    event TokenRebased(
        uint256 indexed reportTimestamp,
        uint256 timeElapsed,
        uint256 preTotalShares,
        uint256 preTotalEther,
        uint256 postTotalShares,
        uint256 postTotalEther,
        uint256 sharesMintedAsFees
    );

    constructor(address ether_) {
        ETHER = IEther(ether_);
        owner = msg.sender;
    }

    function getPooledEthByShares(uint256 shares) public view returns (uint256) {
        return getTotalShares == 0 ? shares : shares * getTotalPooledEther / getTotalShares;
    }

    function getSharesByPooledEth(uint256 value) public view returns (uint256) {
        return getTotalPooledEther == 0 ? value : value * getTotalShares / getTotalPooledEther;
    }

    function totalSupply() external view returns (uint256) {
        return getTotalPooledEther;
    }

    function balanceOf(address account) external view returns (uint256) {
        return getPooledEthByShares(sharesOf[account]);
    }

    /// @notice Stakes WETH of the caller.
    function submit(uint256 value) external returns (uint256 shares) {
        require(ETHER.transferFrom(msg.sender, address(this), value), "transfer failed");
        shares = getSharesByPooledEth(value);
        require(shares > 0, "nothing staked");
        getTotalShares += shares;
        getTotalPooledEther += value;
        sharesOf[msg.sender] += shares;
        _log(address(0), msg.sender, shares);
    }

    /// @notice The owner's report: the pool is worth this much from now on.
    function rebase(uint256 totalEther) external {
        require(msg.sender == owner, "only the owner reports");
        uint256 before = getTotalPooledEther;
        if (totalEther > before) ETHER.mint(address(this), totalEther - before);
        getTotalPooledEther = totalEther;
        emit TokenRebased(block.timestamp, 0, getTotalShares, before, getTotalShares, totalEther, 0);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        _move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        require(allowed >= value, "allowance too low");
        allowance[from][msg.sender] = allowed - value;
        _move(from, to, value);
        return true;
    }

    /// @dev Moves whole shares, so up to a share's worth less than `value`.
    function _move(address from, address to, uint256 value) private {
        uint256 shares = getSharesByPooledEth(value);
        require(sharesOf[from] >= shares, "balance too low");
        sharesOf[from] -= shares;
        sharesOf[to] += shares;
        _log(from, to, shares);
    }

    function _log(address from, address to, uint256 shares) private {
        emit Transfer(from, to, getPooledEthByShares(shares));
        emit TransferShares(from, to, shares);
    }
}
