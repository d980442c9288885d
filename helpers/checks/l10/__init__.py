"""Checks of lesson 10."""
