"""Trains AgentBricks' recommender: reads Parquet, writes ONNX, a FAISS index and a manifest.

Folders import only from folders to their left: data, training, models, export, evaluation. The modules at the top are
of two kinds: `errors`, `progress` and `dot_product` import nothing of the package; `train_run`, `search` and `__main__`
may import everything.
"""
