// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// @notice An aggregator whose answer is logged at once and becomes visible later, by the clock, without a log.
/// @dev Models what a Chainlink SVR consumer sees when only the public route delivers a report: the round is
/// stored and logged at `rec`, and readers see it from the first block with timestamp > rec + delay.
/// While an answer is pending, the newest older round that has become visible is shown. Sits behind an ordinary
/// EACAggregatorProxy. The first round is visible at once, so that the feed never has no answer.
contract DelayedAggregator {
    struct Round {
        int256 answer;
        uint256 updatedAt;
    }

    uint8 public immutable decimals;
    string public description;
    uint256 public constant version = 6;
    address public immutable owner;
    /// @notice Seconds between the publication of an answer and the last moment it is hidden.
    uint256 public delay;

    Round[] private _rounds;

    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);
    event NewRound(uint256 indexed roundId, address indexed startedBy, uint256 startedAt);
    /// @dev Named as Chainlink's DualAggregator names it, so that a follower learns the delay from the log.
    event CutoffTimeSet(uint32 cutoffTime);

    constructor(uint8 decimals_, string memory description_, uint256 delay_, int256 firstAnswer) {
        decimals = decimals_;
        description = description_;
        owner = msg.sender;
        _rounds.push(); // round 0 does not exist
        _store(firstAnswer);
        delay = delay_;
        emit CutoffTimeSet(uint32(delay_));
    }

    function publish(int256 answer) external {
        require(msg.sender == owner, "only the owner publishes");
        _store(answer);
    }

    function setDelay(uint256 delay_) external {
        require(msg.sender == owner, "only the owner sets the delay");
        delay = delay_;
        emit CutoffTimeSet(uint32(delay_));
    }

    /// @notice The newest published answer that is not visible yet and the first timestamp that shows it.
    /// @return answer The pending answer, 0 when nothing is pending.
    /// @return visibleFrom First block timestamp that shows it, 0 when nothing is pending.
    function pendingAnswer() external view returns (int256 answer, uint256 visibleFrom) {
        uint256 newest = _rounds.length - 1;
        if (latestRound() == newest) return (0, 0);
        return (_rounds[newest].answer, _rounds[newest].updatedAt + delay + 1);
    }

    /// @notice The newest round visible at block.timestamp.
    function latestRound() public view returns (uint256) {
        uint256 round = _rounds.length - 1;
        while (round > 1 && block.timestamp <= _rounds[round].updatedAt + delay) round--;
        return round;
    }

    function latestAnswer() external view returns (int256) {
        return _rounds[latestRound()].answer;
    }

    function latestTimestamp() external view returns (uint256) {
        return _rounds[latestRound()].updatedAt;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return _roundData(latestRound());
    }

    /// @dev A hidden or unknown round reads as zeros, like an OCR2 aggregator.
    function getRoundData(uint80 roundId) external view returns (uint80, int256, uint256, uint256, uint80) {
        return _roundData(roundId);
    }

    function getAnswer(uint256 roundId) external view returns (int256 answer) {
        (, answer, , , ) = _roundData(roundId);
    }

    function getTimestamp(uint256 roundId) external view returns (uint256 updatedAt) {
        (, , , updatedAt, ) = _roundData(roundId);
    }

    function _roundData(uint256 roundId) private view returns (uint80, int256, uint256, uint256, uint80) {
        if (roundId == 0 || roundId > latestRound()) return (0, 0, 0, 0, 0);
        Round storage round = _rounds[roundId];
        return (uint80(roundId), round.answer, round.updatedAt, round.updatedAt, uint80(roundId));
    }

    function _store(int256 answer) private {
        _rounds.push(Round(answer, block.timestamp));
        uint256 roundId = _rounds.length - 1;
        emit NewRound(roundId, address(0), block.timestamp);
        emit AnswerUpdated(answer, roundId, block.timestamp);
    }
}
