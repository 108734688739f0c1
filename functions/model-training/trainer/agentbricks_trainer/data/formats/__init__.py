"""Formats of interaction files: tab-separated tables, and lists of items separated by spaces."""
