"""Rates of receipt and wrapper tokens. Sans-I/O."""
