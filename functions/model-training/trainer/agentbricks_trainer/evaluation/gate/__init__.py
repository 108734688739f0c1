"""The gate's evidence: whether a candidate may replace the champion, the model that serves now."""
