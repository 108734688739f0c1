"""A trained model as files: ONNX, FAISS index, item vectors, manifest."""
