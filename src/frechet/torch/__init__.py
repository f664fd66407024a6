"""Frechet for users of PyTorch: `frechet.torch.linalg` has linear algebra whose gradients work. Imported only when used."""
