"""Answers drawn for a terminal. Texts of strangers never reach rich's markup: every cell is a `Text`."""
