"""Neural matrix factorisation (NeuMF)."""
