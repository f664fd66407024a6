"""Frechet for users of JAX: `frechet.jax.linalg` has linear algebra whose gradients work. Imported only when used."""
