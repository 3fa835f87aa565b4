"""Pure: screening, ranking and aggregating what the protocols say."""
