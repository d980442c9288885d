"""Checks of lesson 00."""
