"""Runs and interaction files as numpy arrays."""
