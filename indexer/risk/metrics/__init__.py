"""Measures of one account that are one formula away from its exact integers. Pure; what decides stays an integer."""
