"""Neural matrix factorisation."""
