"""Offline evaluation and comparison of models."""
