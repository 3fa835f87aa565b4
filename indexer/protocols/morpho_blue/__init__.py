"""Morpho Blue: one immutable contract of isolated markets that anybody may create."""
