"""The cases of bench_compile: formulas, arrays, and the same thing in JAX, PyTorch and NumPy by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

import compile_by_hand as by_hand
import frechet as fr

jax.config.update("jax_enable_x64", True)


@dataclass
class Case:
    """`roots` are computed by `hand(**arrays)`; `peers` maps a name to a function of the arrays."""

    name: str
    roots: Callable[[], Any]
    arrays: dict[str, np.ndarray]
    hand: Callable[..., Any]
    peers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)  # of letters that no array of the result shows
    is_compared_on_jax: bool = False

    def compile(self):
        g = fr.compile(self.roots(), sizes=self.sizes)
        g(**{name: self.arrays[name] for name in g.names})
        return g

    def runs(self) -> dict[str, Callable[[], Any]]:
        g = self.compile()
        given = {name: self.arrays[name] for name in g.names}
        made = {"hand": lambda: self.hand(**self.arrays), "frechet": lambda: g(**given)}
        if self.is_compared_on_jax:
            compiled = fr.compile(self.roots(), "jax", sizes=self.sizes)
            made["frechet on jax"] = self._prepared("jax", lambda **arrays: compiled(**{n: arrays[n] for n in given}))
        for name, peer in self.peers.items():
            made[name] = self._prepared(name, peer)
        return made

    def _prepared(self, name: str, peer: Callable[..., Any]) -> Callable[[], Any]:
        if name.startswith("jax"):
            given = {k: jnp.asarray(a) for k, a in self.arrays.items()}
            jitted = jax.jit(peer)
            return lambda: jax.block_until_ready(jitted(**given))
        if name.startswith("torch"):
            tensors = {k: torch.tensor(a) for k, a in self.arrays.items()}
            return lambda: peer(**tensors)
        return lambda: peer(**self.arrays)


def _rng():
    return np.random.default_rng(0)


def spd(n: int, rng=None) -> np.ndarray:
    B = (rng or _rng()).standard_normal((n, n))
    return B @ B.T / n + np.eye(n)


# --- Hessians --------------------------------------------------------------------------------------------


def _hessian_case(name, text, wrt, arrays, hand, jax_f, torch_f, vec=False, sizes=None, **declared) -> Case:
    f = fr.parse(text, **declared)
    others = [k for k in arrays if k != wrt]

    def jax_h(**a):
        H = jax.hessian(lambda x: jax_f(**{wrt: x}, **{k: a[k] for k in others}))(a[wrt])
        return _columns(H, jnp.transpose) if vec else H

    def torch_h(**a):
        H = torch.func.hessian(lambda x: torch_f(**{wrt: x}, **{k: a[k] for k in others}))(a[wrt])
        return _columns(H, lambda T, axes: T.permute(*axes)) if vec else H

    roots = lambda: fr.derivative(f, wrt).hessian().jacobian
    return Case(name, roots, arrays, hand, {"jax.hessian": jax_h, "torch.func.hessian": torch_h}, sizes or {})


def _columns(H, transpose):
    """A four-way array of second derivatives as the matrix for stacked columns."""
    m, n = H.shape[:2]
    return transpose(H, (1, 0, 3, 2)).reshape(m * n, m * n)


def hessians() -> list[Case]:
    cases = []
    for m, n in ((2000, 200), (2000, 500)):
        rng = _rng()
        arrays = {
            "X": rng.standard_normal((m, n)),
            "y": np.sign(rng.standard_normal(m)),
            "w": rng.standard_normal(n) / 9,
        }
        cases.append(
            _hessian_case(
                f"logistic regression, {m}×{n}",
                "sum(log(exp(-y.*(X*w)) + 1))",
                "w",
                arrays,
                by_hand.logistic_hessian,
                lambda X, y, w: jnp.log(jnp.exp(-y * (X @ w)) + 1).sum(),
                lambda X, y, w: torch.log(torch.exp(-y * (X @ w)) + 1).sum(),
                X="matrix(m,n)",
                y="vector(m)",
                w="vector(n)",
            )
        )
    rng = _rng()
    arrays = {
        "T": rng.standard_normal((100, 100)),
        "U": rng.standard_normal((100, 5)),
        "V": rng.standard_normal((100, 5)),
    }
    cases.append(
        _hessian_case(
            "matrix factorization in U, 100×100, rank 5",
            "norm2(T - U*V')^2",
            "U",
            arrays,
            by_hand.factorization_hessian,
            lambda T, U, V: jnp.sum((T - U @ V.T) ** 2),
            lambda T, U, V: ((T - U @ V.T) ** 2).sum(),
            vec=True,
            sizes={"m": 100},
            T="matrix(m,n)",
            U="matrix(m,k)",
            V="matrix(n,k)",
        )
    )
    cases += [_network(width) for width in WIDTHS]
    A, x = rng.standard_normal((2000, 2000)), rng.standard_normal(2000)
    cases.append(
        _hessian_case(
            "x'*A*x, n = 2000",
            "x'*A*x",
            "x",
            {"A": A, "x": x},
            lambda A, x: A + A.T,
            lambda A, x: x @ A @ x,
            lambda A, x: x @ A @ x,
            A="matrix(n,n)",
            x="vector(n)",
        )
    )
    return cases


LAYERS, WIDTHS = 10, (20, 64)  # the Hessian of width 64 has 4096 rows


def _network(width: int) -> Case:
    """Softmax cross-entropy of a ReLU network, in its first layer."""
    rng = _rng()
    weights = {f"W{i}": rng.standard_normal((width, width)) * np.sqrt(2 / width) for i in range(1, LAYERS + 1)}
    arrays = {**weights, "x": rng.standard_normal(width), "y": np.eye(width)[0]}
    text = "x"
    for i in range(1, LAYERS):
        text = f"relu(W{i}*({text}))"
    out = f"W{LAYERS}*{text}"
    declared = dict.fromkeys(weights, "matrix(n,n)") | {"x": "vector(n)", "y": "vector(n)"}

    def network(lse, relu):
        def f(x, y, **W):
            h = x
            for i in range(1, LAYERS):
                h = relu(W[f"W{i}"] @ h)
            z = W[f"W{LAYERS}"] @ h
            return lse(z) - y @ z

        return f

    return _hessian_case(
        f"ten-layer ReLU network, first layer, width {width}",
        f"logsumexp({out}) - y'*({out})",
        "W1",
        arrays,
        by_hand.network_hessian,
        network(jax.nn.logsumexp, jax.nn.relu),
        network(lambda z: torch.logsumexp(z, 0), torch.relu),
        vec=True,
        **declared,
    )


# --- values and gradients ---------------------------------------------------------------------------------


def _value_case(name, text, wrt, arrays, hand, jax_f, torch_f, **declared) -> Case:
    f = fr.parse(text, **declared)
    others = [k for k in arrays if k != wrt]

    def jax_vg(**a):
        return jax.value_and_grad(lambda x: jax_f(**{wrt: x}, **{k: a[k] for k in others}))(a[wrt])

    def torch_vg(**a):
        x = a[wrt].clone().requires_grad_()
        value = torch_f(**{wrt: x}, **{k: a[k] for k in others})
        return value.detach(), torch.autograd.grad(value, x)[0]

    roots = lambda: [f, fr.derivative(f, wrt).gradient]
    return Case(name, roots, arrays, hand, {"jax": jax_vg, "torch": torch_vg}, is_compared_on_jax=True)


def values_and_gradients(n: int) -> list[Case]:
    rng = _rng()
    m = 2 * n
    S, X, A = spd(n, rng), rng.standard_normal((m, n)), rng.standard_normal((n, n)) / np.sqrt(n)
    x, y, w, c = rng.standard_normal(n), rng.standard_normal(m), rng.standard_normal(n) / n, np.float64(0.7)
    signs, Y, K = np.sign(y), rng.standard_normal((n, n)), max(n // 10, 2)
    U, P = rng.standard_normal((n, K)), spd(n, rng)
    eye = np.eye(n)
    mat, vn, vm = "matrix(n,n)", "vector(n)", "vector(m)"
    j, t = jnp, torch
    jld, tld = (lambda M: j.linalg.slogdet(M)[1]), (lambda M: t.linalg.slogdet(M)[1])
    H = by_hand
    return [
        _value_case("ridge regression", "norm2(X*w - y)^2 + c*norm2(w)^2", "w", {"X": X, "y": y, "w": w, "c": c}, H.ridge,
                    lambda X, y, w, c: ((X @ w - y) ** 2).sum() + c * (w @ w), lambda X, y, w, c: ((X @ w - y) ** 2).sum() + c * (w @ w),
                    X="matrix(m,n)", y=vm, w=vn, c="scalar"),
        _value_case("logistic regression", "sum(log(1 + exp(-y.*(X*w))))", "w", {"X": X, "y": signs, "w": w}, H.logistic,
                    lambda X, y, w: jax.nn.softplus(-y * (X @ w)).sum(), lambda X, y, w: t.nn.functional.softplus(-y * (X @ w)).sum(),
                    X="matrix(m,n)", y=vm, w=vn),
        _value_case("Gaussian log-likelihood in the mean", "(x-w)'*inv(S)*(x-w) + logdet(S)", "w", {"S": S, "x": x, "w": w}, H.gauss_mean,
                    lambda S, x, w: (x - w) @ j.linalg.solve(S, x - w) + jld(S), lambda S, x, w: (x - w) @ t.linalg.solve(S, x - w) + tld(S),
                    S="spd(n)", x=vn, w=vn),
        _value_case("Gaussian log-likelihood in the covariance", "x'*inv(S)*x + logdet(S)", "S", {"S": S, "x": x}, H.gauss_covariance,
                    lambda S, x: x @ j.linalg.solve(S, x) + jld(S), lambda S, x: x @ t.linalg.solve(S, x) + tld(S), S="spd(n)", x=vn),
        _value_case("GP marginal likelihood in the noise", "x'*inv(S + c*eye(n))*x + logdet(S + c*eye(n))", "c", {"S": S, "x": x, "c": c}, H.gp_noise,
                    lambda S, x, c: x @ j.linalg.solve(S + c * j.eye(n), x) + jld(S + c * j.eye(n)),
                    lambda S, x, c: x @ t.linalg.solve(S + c * t.eye(n, dtype=t.float64), x) + tld(S + c * t.eye(n, dtype=t.float64)),
                    S="psd(n)", x=vn, c="scalar positive"),
        _value_case("log-det divergence", "tr(inv(P)*S) - logdet(inv(P)*S)", "S", {"S": S, "P": P}, H.logdet_divergence,
                    lambda S, P: j.trace(j.linalg.solve(P, S)) - jld(j.linalg.solve(P, S)), lambda S, P: t.trace(t.linalg.solve(P, S)) - tld(t.linalg.solve(P, S)),
                    S="spd(n)", P="spd(n)"),
        _value_case("logdet(X'*X)", "logdet(X'*X)", "X", {"X": X}, H.logdet_gram, lambda X: jld(X.T @ X), lambda X: tld(X.T @ X), X="matrix(m,n)"),
        _value_case("logdet(A + eye)", "logdet(A + 3*eye(n))", "A", {"A": A}, H.logdet_general, lambda A: jld(A + 3 * eye), lambda A: tld(A + 3 * t.eye(n, dtype=t.float64)), A=mat),
        _value_case("tr(A*B)", "tr(A*B)", "A", {"A": A, "B": Y}, H.trace_product, lambda A, B: j.trace(A @ B), lambda A, B: t.trace(A @ B), A=mat, B=mat),
        _value_case("quadratic form", "x'*A*x", "x", {"A": A, "x": x}, H.quadratic, lambda A, x: x @ A @ x, lambda A, x: x @ A @ x, A=mat, x=vn),
        _value_case("Rayleigh quotient", "(x'*S*x)/(x'*x)", "x", {"S": S, "x": x}, H.rayleigh, lambda S, x: x @ S @ x / (x @ x), lambda S, x: x @ S @ x / (x @ x), S="symmetric(n)", x=vn),
        _value_case("matrix factorization", "norm2(A - U*V')^2", "U", {"A": A, "U": U, "V": U[::-1].copy()}, H.factorization,
                    lambda A, U, V: ((A - U @ V.T) ** 2).sum(), lambda A, U, V: ((A - U @ V.T) ** 2).sum(), A=mat, U="matrix(n,k)", V="matrix(n,k)"),
        _value_case("PCA loss", "tr(U'*S*U)", "U", {"S": S, "U": U}, H.pca, lambda S, U: j.trace(U.T @ S @ U), lambda S, U: t.trace(U.T @ S @ U), S="symmetric(n)", U="matrix(n,k)"),
        _value_case("metric learning", "(x-w)'*A*A'*(x-w)", "A", {"A": A, "x": x, "w": w}, H.metric, lambda A, x, w: (x - w) @ (A @ A.T) @ (x - w), lambda A, x, w: (x - w) @ (A @ A.T) @ (x - w), A=mat, x=vn, w=vn),
        _value_case("softmax regression of one sample", "logsumexp(A*x) - w'*A*x", "A", {"A": A, "x": x, "w": w}, H.softmax_sample, lambda A, x, w: jax.nn.logsumexp(A @ x) - w @ A @ x, lambda A, x, w: t.logsumexp(A @ x, 0) - w @ A @ x, A=mat, x=vn, w=vn),
        _value_case("weighted least squares", "(X*w - y)'*diag(v)*(X*w - y)", "w", {"X": X, "w": w, "y": y, "v": y**2}, H.weighted, lambda X, w, y, v: (X @ w - y) @ j.diag(v) @ (X @ w - y), lambda X, w, y, v: (X @ w - y) @ t.diag(v) @ (X @ w - y), X="matrix(m,n)", w=vn, y=vm, v=vm),
        _value_case("generalised least squares", "(A*w - x)'*inv(S)*(A*w - x)", "w", {"A": A, "w": w, "x": x, "S": S}, H.gls, lambda A, w, x, S: (A @ w - x) @ j.linalg.solve(S, A @ w - x), lambda A, w, x, S: (A @ w - x) @ t.linalg.solve(S, A @ w - x), A=mat, w=vn, x=vn, S="spd(n)"),
        _value_case("whitening", "norm2(A*S*A' - eye(n))^2", "A", {"A": A, "S": S}, H.whitening, lambda A, S: ((A @ S @ A.T - eye) ** 2).sum(), lambda A, S: ((A @ S @ A.T - t.eye(n, dtype=t.float64)) ** 2).sum(), A=mat, S="symmetric(n)"),
        _value_case("Kalman update cost", "x'*inv(P + A*S*A')*x", "x", {"A": A, "S": S, "P": P, "x": x}, H.kalman, lambda A, S, P, x: x @ j.linalg.solve(P + A @ S @ A.T, x), lambda A, S, P, x: x @ t.linalg.solve(P + A @ S @ A.T, x), A=mat, S="spd(n)", P="spd(n)", x=vn),
        _value_case("linear solve", "w'*inv(A + 3*eye(n))*x", "x", {"A": A, "w": w, "x": x}, H.linear_solve, lambda A, w, x: w @ j.linalg.solve(A + 3 * eye, x), lambda A, w, x: w @ t.linalg.solve(A + 3 * t.eye(n, dtype=t.float64), x), A=mat, w=vn, x=vn),
        _value_case("elementwise chain", "sum(tanh(A).^2 + exp(-A.*A))", "A", {"A": A}, H.elementwise, lambda A: (j.tanh(A) ** 2 + j.exp(-A * A)).sum(), lambda A: (t.tanh(A) ** 2 + t.exp(-A * A)).sum(), A=mat),
    ]  # fmt: skip
