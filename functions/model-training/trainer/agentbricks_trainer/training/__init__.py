"""Training by gradient descent: device, optimiser, steps, epochs and checkpoints."""
