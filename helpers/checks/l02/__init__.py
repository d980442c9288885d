"""Checks of lesson 02."""
