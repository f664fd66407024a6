"""Gradients of plain NumPy code: against the gradient written by hand, and PyTorch; what tracing costs an operation.

    python benchmarks/bench_tracing.py [--dry]

One thread, seconds of the processor. Values are compared before they are timed; medians of interleaved runs, after a first one.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from time import process_time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import frechet as fr
from frechet.tracing.derivatives import linearize
from tables import write_table


def _network(W, b, X, Y):
    H = np.tanh(X @ W[0] + b[0])
    H = np.tanh(H @ W[1] + b[1])
    S = H @ W[2] + b[2]
    S = S - np.max(S, axis=1, keepdims=True)
    return -np.sum(Y * (S - np.log(np.sum(np.exp(S), axis=1, keepdims=True)))) / len(X)


def _network_by_hand(W, b, X, Y):
    H1 = np.tanh(X @ W[0] + b[0])
    H2 = np.tanh(H1 @ W[1] + b[1])
    S = H2 @ W[2] + b[2]
    S -= np.max(S, axis=1, keepdims=True)
    E = np.exp(S)
    total = E.sum(axis=1, keepdims=True)
    value = -np.sum(Y * (S - np.log(total))) / len(X)
    D = (E / total - Y) / len(X)
    G3, g3 = H2.T @ D, D.sum(axis=0)
    D = (D @ W[2].T) * (1 - H2 * H2)
    G2, g2 = H1.T @ D, D.sum(axis=0)
    D = (D @ W[1].T) * (1 - H1 * H1)
    return value, ([X.T @ D, G2, G3], [D.sum(axis=0), g2, g3])


def _recurrence(W, U, S):
    h = np.zeros((S.shape[1], W.shape[1]))
    for x in S:
        h = np.tanh(x @ U + h @ W)
    return np.sum(h**2)


def _recurrence_by_hand(W, U, S):
    states = [np.zeros((S.shape[1], W.shape[1]))]
    for x in S:
        states.append(np.tanh(x @ U + states[-1] @ W))
    D, G, F = 2 * states[-1], np.zeros_like(W), np.zeros_like(U)
    for k in range(len(S) - 1, -1, -1):
        D = D * (1 - states[k + 1] ** 2)
        G += states[k].T @ D
        F += S[k].T @ D
        D = D @ W.T
    return np.sum(states[-1] ** 2), (G, F)


def _in_torch(network: bool, arguments: tuple) -> Callable[[], list]:
    """The same loss in PyTorch; a gradient at each call."""
    import torch

    torch.set_num_threads(1)
    tensor = lambda A, moves: torch.tensor(A, requires_grad=moves)
    if network:
        W, b, X, Y = arguments
        W, b = [tensor(A, True) for A in W], [tensor(A, True) for A in b]
        X, Y = tensor(X, False), tensor(Y, False)

        def loss():
            H = torch.tanh(X @ W[0] + b[0])
            H = torch.tanh(H @ W[1] + b[1])
            return -(Y * torch.log_softmax(H @ W[2] + b[2], dim=1)).sum() / len(X)

        return lambda: torch.autograd.grad(loss(), [*W, *b])
    W, U, S = [tensor(A, k < 2) for k, A in enumerate(arguments)]

    def unrolled():
        h = torch.zeros((S.shape[1], W.shape[1]), dtype=S.dtype)
        for x in S:
            h = torch.tanh(x @ U + h @ W)
        return (h**2).sum()

    return lambda: torch.autograd.grad(unrolled(), [W, U])


def _flat(tree) -> np.ndarray:
    if isinstance(tree, list | tuple):
        return np.concatenate([_flat(part) for part in tree])
    return np.asarray(tree, dtype=float).ravel()


def _medians(calls: list[Callable], repeats: int) -> list[float]:
    """Seconds of the processor, the calls one after another in each round: other processes do not count."""
    for call in calls:
        for _ in range(3):
            call()
    times = np.zeros((repeats, len(calls)))
    for k in range(repeats):
        for j, call in enumerate(calls):
            start = process_time()
            call()
            times[k, j] = process_time() - start
    return [float(t) for t in np.median(times, axis=0)]


def _row(name: str, code: Callable, by_hand: Callable, torch: Callable, arguments: tuple, tolerance: float) -> str:
    ours = fr.value_and_gradient(code, wrt=(0, 1))
    expected = _flat(by_hand(*arguments)[1])
    for found in (_flat(ours(*arguments)[1]), _flat([g.numpy() for g in torch()])):
        assert np.allclose(found, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())
    hand, here, there, plain = _medians(
        [lambda: by_hand(*arguments), lambda: ours(*arguments), torch, lambda: code(*arguments)], 31
    )
    return (
        f"| {name} | {1e3 * plain:.2f} | {1e3 * hand:.2f} | {1e3 * here:.2f} | {here / hand:.2f} | {there / hand:.2f} |"
    )


def _per_operation() -> str:
    def chain(x):
        for _ in range(500):
            x = np.sin(x) * 1.01
        return np.sum(x)

    def by_hand(x):
        states = []
        for _ in range(500):
            states.append(x)
            x = np.sin(x) * 1.01
        W = np.ones_like(x)
        for x in reversed(states):
            W = W * 1.01 * np.cos(x)
        return W

    def small(w, X, y):
        return np.sum((X @ w - y) ** 2) + 0.1 * np.sum(np.abs(w))

    x = np.linspace(0.1, 1, 10)
    assert np.allclose(fr.gradient(chain)(x), by_hand(x))
    assert np.allclose(fr.gradient(chain)(x), fr.finite.gradient(chain, x).value, rtol=1e-6)
    both, of_small = fr.value_and_gradient(chain), fr.value_and_gradient(small)
    given = (x[:3], np.ones((8, 3)), np.ones(8))
    for _ in range(3):
        both(x), of_small(*given)
    record, gradient, plain, hand = _medians(
        [lambda: linearize(chain, x), lambda: both(x), lambda: chain(x), lambda: by_hand(x)], 31
    )
    call, values = _medians(
        [lambda: [of_small(*given) for _ in range(100)], lambda: [small(*given) for _ in range(100)]], 31
    )
    return (
        f"An operation on 10 numbers: {1e9 * plain / 1000:.0f} ns in NumPy, {1e6 * record / 1000:.1f} µs recorded, "
        f"{1e6 * gradient / 1000:.2f} µs with its gradient when the record runs again, and {1e6 * hand / 1000:.2f} µs written by hand. A call of the "
        f"gradient of least squares with 3 unknowns takes {1e6 * call / 100:.0f} µs, of its value {1e6 * values / 100:.0f} µs in NumPy."
    )


def main() -> str:
    """The table."""
    rng = np.random.default_rng(0)
    lines = [
        "Milliseconds of the value, of value and gradient by hand, by frechet; ratios to the gradient by hand.",
        "",
        "| code | value | by hand | frechet | ratio | ratio of PyTorch |",
        "|---|---|---|---|---|---|",
    ]
    sizes = ((784, 256), (256, 128), (128, 10))
    for dtype, tolerance in ((np.float64, 1e-10), (np.float32, 2e-4)):
        W = [(rng.standard_normal(s) / np.sqrt(s[0])).astype(dtype) for s in sizes]
        b = [np.zeros(s[1], dtype=dtype) for s in sizes]
        X = rng.standard_normal((256, 784)).astype(dtype)
        Y = np.eye(10, dtype=dtype)[rng.integers(0, 10, 256)]
        arguments = (W, b, X, Y)
        name = f"three-layer network, batch 256, {np.dtype(dtype).name}"
        lines.append(_row(name, _network, _network_by_hand, _in_torch(True, arguments), arguments, tolerance))
    arguments = (
        rng.standard_normal((30, 30)) / 8,
        rng.standard_normal((20, 30)) / 5,
        rng.standard_normal((200, 8, 20)),
    )
    lines.append(
        _row("recurrence of 200 steps", _recurrence, _recurrence_by_hand, _in_torch(False, arguments), arguments, 1e-9)
    )
    return "\n".join([*lines, "", _per_operation()])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing")
    table = main()
    print(table)
    if not parser.parse_args().dry:
        write_table("tracing", "## Gradients of plain NumPy code (`bench_tracing.py`)\n\n" + table)
