"""The array primitives: each has a differential in the same primitives, or is linear with an adjoint."""
