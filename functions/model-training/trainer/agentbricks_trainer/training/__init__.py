"""Gradient training: optimiser, steps, epochs, checkpoints."""
