"""Offline evaluation: of a run's recommender before it is served, and of models on interaction files."""
