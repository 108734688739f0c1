"""Ranking metrics, and their uncertainty over users."""
