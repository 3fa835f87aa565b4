"""Pond: one contract, many collateral tokens, one coin to borrow."""
