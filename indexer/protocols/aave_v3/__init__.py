"""Aave V3 (3.0.x to 3.7), exactly as each revision computes."""
