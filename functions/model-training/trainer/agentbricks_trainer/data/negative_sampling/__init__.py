"""Samples items that users have not played."""
