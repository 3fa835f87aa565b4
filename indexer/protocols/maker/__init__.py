"""Maker, Sky and what is deployed from dss: Vat, Spotter, Jug, Dog and Clipper, exactly as they compute."""
