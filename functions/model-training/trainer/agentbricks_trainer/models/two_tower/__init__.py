"""The two-tower model, which retrieves titles."""
