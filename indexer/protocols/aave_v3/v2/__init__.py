"""Aave V2: the ancestor of V3 in the same folder; its rules, its contracts, and what V3 later changed."""
