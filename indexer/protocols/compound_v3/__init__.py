"""Compound V3 (Comet), exactly as its contracts compute."""
