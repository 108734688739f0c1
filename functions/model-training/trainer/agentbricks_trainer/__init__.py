"""Trains AgentBricks' recommender: Parquet in, ONNX, a FAISS index and a manifest out."""
