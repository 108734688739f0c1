"""Formats of interaction files."""
