"""A call of every function that is known on traced arrays, as a function of one array: the laws enumerate the tables."""

from __future__ import annotations

import math

import numpy as np
import scipy.linalg as sla
from scipy import special

__all__ = ["CALLS", "METHOD_CALLS", "UFUNC_CALLS", "matrix", "positive", "spd", "unit", "vector"]

RNG = np.random.default_rng(7)
vector, other = RNG.standard_normal(5), RNG.standard_normal(5)
positive = RNG.uniform(0.4, 1.6, 5)
unit = RNG.uniform(-0.8, 0.8, 5)
matrix, second = RNG.standard_normal((3, 4)), RNG.standard_normal((3, 4))
square = RNG.standard_normal((3, 3)) + 3 * np.eye(3)
spd = square @ square.T / 3 + np.eye(3)
stack = RNG.standard_normal((2, 3, 3)) + 3 * np.eye(3)
MASK = matrix > 0
TRAPEZOID = getattr(np, "trapezoid", None) or np.__dict__["trapz"]


def _sym(A):
    return (A + np.swapaxes(A, -1, -2)) / 2


CALLS = {
    np.reshape: [(lambda X: np.reshape(X, (2, -1)), matrix), (lambda X: np.reshape(X, (2, 6), order="F"), matrix)],
    np.transpose: [(np.transpose, matrix), (lambda X: np.transpose(X, (1, 2, 0)), stack)],
    np.swapaxes: [(lambda X: np.swapaxes(X, 0, -1), stack)],
    np.moveaxis: [(lambda X: np.moveaxis(X, [0, 1], [-1, 0]), stack)],
    np.rollaxis: [(lambda X: np.rollaxis(X, 2), stack)],
    np.squeeze: [(lambda X: np.squeeze(X[:, :1]), matrix)],
    np.expand_dims: [(lambda X: np.expand_dims(X, (0, 2)), matrix)],
    np.ravel: [(np.ravel, matrix)],
    np.broadcast_to: [(lambda x: np.broadcast_to(x, (2, 5)), vector)],
    np.broadcast_arrays: [(lambda x: np.broadcast_arrays(x, np.ones((2, 1)))[0], vector)],
    np.concatenate: [
        (lambda X: np.concatenate([X, 2 * X, second], axis=-1), matrix),
        (lambda X: np.concatenate([X, X], None), matrix),
    ],
    np.stack: [(lambda X: np.stack([X, second, X * X], axis=1), matrix)],
    np.vstack: [(lambda x: np.vstack([x, other, 2 * x]), vector)],
    np.hstack: [(lambda X: np.hstack([X, second]), matrix), (lambda x: np.hstack([x, 1.0]), vector)],
    np.dstack: [(lambda X: np.dstack([X, X]), matrix)],
    np.column_stack: [(lambda x: np.column_stack([x, x**2]), vector)],
    np.append: [(lambda x: np.append(x, x[:2]), vector)],
    np.block: [(lambda X: np.block([[X, second], [second, 2 * X]]), matrix)],
    np.atleast_1d: [(lambda x: np.atleast_1d(x[0]), vector)],
    np.atleast_2d: [(np.atleast_2d, vector)],
    np.atleast_3d: [(np.atleast_3d, matrix)],
    np.split: [(lambda X: np.split(X, [1, 3], axis=1)[1], matrix)],
    np.array_split: [(lambda x: np.array_split(x, 2)[0], vector)],
    np.vsplit: [(lambda X: np.vsplit(X, 3)[1], matrix)],
    np.hsplit: [(lambda X: np.hsplit(X, 2)[1], matrix)],
    np.dsplit: [(lambda X: np.dsplit(X, 3)[1], stack)],
    np.roll: [(lambda X: np.roll(X, 1), matrix), (lambda X: np.roll(X, (1, 2), (0, 1)), matrix)],
    np.flip: [(np.flip, matrix)],
    np.flipud: [(np.flipud, matrix)],
    np.fliplr: [(np.fliplr, matrix)],
    np.rot90: [(np.rot90, matrix)],
    np.repeat: [(lambda X: np.repeat(X, 2, axis=0), matrix), (lambda x: np.repeat(x, [1, 2, 0, 1, 3]), vector)],
    np.tile: [(lambda X: np.tile(X, (2, 1, 2)), matrix)],
    np.take: [(lambda X: np.take(X, [0, 2, 2], axis=1), matrix), (lambda X: np.take(X, [1, 1]), matrix)],
    np.take_along_axis: [(lambda X: np.take_along_axis(X, np.argsort(X, axis=1), 1), matrix)],
    np.pad: [
        (lambda X: np.pad(X, ((1, 0), (2, 1))), matrix),
        (lambda x: np.pad(x, 2, mode="reflect"), vector),
        (lambda x: np.pad(x, 1, constant_values=3.0), vector),
    ],
    np.lib.stride_tricks.sliding_window_view: [(lambda x: np.lib.stride_tricks.sliding_window_view(x, 3), vector)],
    np.sum: [(lambda X: np.sum(X, axis=(0, 2), keepdims=True), stack), (lambda X: np.sum(X, 1, where=MASK), matrix)],
    np.mean: [
        (lambda X: np.mean(X, axis=0), matrix),
        (lambda X: np.mean(X, 1, where=np.array([True, False, True, True])), matrix),
    ],
    np.var: [(lambda X: np.var(X, axis=1, ddof=1), matrix)],
    np.std: [(lambda X: np.std(X, axis=0), matrix)],
    np.max: [(lambda X: np.max(X, axis=1), matrix), (lambda X: np.max(X, initial=0.1), matrix)],
    np.min: [(lambda X: np.min(X, axis=0, keepdims=True), matrix)],
    np.prod: [
        (lambda X: np.prod(X, axis=1), matrix),
        (np.prod, np.array([0.0, 2.0, 3.0])),
        (np.prod, np.array([0.0, 2.0, 0.0])),
    ],
    np.cumsum: [(lambda X: np.cumsum(X, axis=1), matrix), (np.cumsum, matrix)],
    np.cumprod: [(lambda X: np.cumprod(X, axis=1), matrix), (np.cumprod, np.array([2.0, 0.0, 3.0, 4.0]))],
    np.average: [
        (lambda X: np.average(X, axis=1, weights=[1.0, 2, 3, 4]), matrix),
        (lambda w: np.average(other, weights=w), positive),
    ],
    np.nansum: [(np.nansum, matrix)],
    np.nanmean: [(lambda X: np.nanmean(X, axis=0), matrix)],
    np.nanmax: [(np.nanmax, matrix)],
    np.nanmin: [(np.nanmin, matrix)],
    np.diff: [(lambda X: np.diff(X, n=2), matrix)],
    np.ediff1d: [(np.ediff1d, matrix)],
    np.ptp: [(lambda X: np.ptp(X, axis=1), matrix)],
    np.where: [
        (lambda X: np.where(MASK, X * X, second), matrix),
        (lambda x: np.where(x > 0, np.log(np.where(x > 0, x, 1)), x), vector),
    ],
    np.select: [(lambda x: np.select([x > 1, x > 0], [x**2, 2 * x], 0.5 * x), vector)],
    np.piecewise: [(lambda x: np.piecewise(x, [x < 0, x >= 0], [lambda t: t**2, lambda t: 3 * t]), vector)],
    np.clip: [(lambda x: np.clip(x, -0.3, 0.4), vector)],
    np.sort: [(lambda X: np.sort(X, axis=0), matrix), (lambda X: np.sort(X, axis=None), matrix)],
    np.partition: [(lambda x: np.partition(x, 2)[2], vector)],
    np.median: [(lambda X: np.median(X, axis=1), matrix)],
    np.quantile: [(lambda x: np.quantile(x, [0.1, 0.63]), vector)],
    np.percentile: [(lambda X: np.percentile(X, 30, axis=0, keepdims=True), matrix)],
    np.interp: [
        (lambda x: np.interp(x, [-3.0, -1, 0, 2, 4], [0.0, 2, 1, 5, 4]), vector),
        (lambda f: np.interp([-9, 0.3, 9], [-1.0, 0, 1, 2, 3], f), vector),
    ],
    np.gradient: [(np.gradient, vector), (lambda X: np.gradient(X, 0.5, axis=1), matrix)],
    np.choose: [(lambda X: np.choose([0, 2, 1, 0], [X[0], X[1], X[2]]), matrix)],
    np.compress: [(lambda X: np.compress([True, False, True], X, axis=0), matrix)],
    np.extract: [(lambda X: np.extract(MASK, X), matrix)],
    np.nan_to_num: [(np.nan_to_num, vector)],
    TRAPEZOID: [
        (lambda y: TRAPEZOID(y, dx=0.1), vector),
        (lambda y: TRAPEZOID(y, np.arange(5.0) ** 2), vector),
    ],
    np.matmul: [
        (lambda X: np.matmul(X.T, second), matrix),
        (lambda X: X @ stack, stack),
        (lambda x: x @ other, vector),
    ],
    np.dot: [(lambda X: np.dot(X, X.T), matrix), (lambda X: np.dot(X, square), stack)],
    np.vdot: [(lambda X: np.vdot(X, second), matrix)],
    np.inner: [(lambda X: np.inner(X, second), matrix)],
    np.outer: [(lambda x: np.outer(x, x), vector)],
    np.tensordot: [
        (lambda X: np.tensordot(X, stack, ([1, 0], [2, 1])), square),
        (lambda X: np.tensordot(X, second, 2), matrix),
    ],
    np.einsum: [
        (lambda X: np.einsum("ij,kj->ik", X, second), matrix),
        (lambda X: np.einsum("...ij,...jk->...ik", X, stack), stack),
        (lambda X: np.einsum("bii->b", X), stack),
        (lambda X: np.einsum("ij,jk,kl,il->", X, X.T, X, second), matrix),
        (lambda X: np.einsum("ij->j", X), matrix),
        (lambda X: np.einsum("ij,k->jk", X, other), matrix),
    ],
    np.kron: [(lambda X: np.kron(X, second[:2, :3]), matrix)],
    np.cross: [(lambda X: np.cross(X, [[1.0, 2, 3]]), square)],
    np.trace: [(np.trace, square), (lambda X: np.trace(X, 1), square)],
    np.diag: [(np.diag, square), (lambda x: np.diag(x, -1), vector)],
    np.diagflat: [(np.diagflat, matrix)],
    np.diagonal: [(lambda X: np.diagonal(X, 0, 1, 2), stack)],
    np.tril: [(lambda X: np.tril(X, -1), square)],
    np.triu: [(lambda X: np.triu(X, 1), matrix)],
    np.fill_diagonal: [(lambda X: _filled_diagonal(X), square)],
    np.linalg.inv: [(np.linalg.inv, square), (np.linalg.inv, stack)],
    np.linalg.det: [(np.linalg.det, square), (np.linalg.det, stack), (np.linalg.det, np.diag([1.0, 2.0, 0.0]))],
    np.linalg.slogdet: [(lambda X: np.linalg.slogdet(X)[1], square)],
    np.linalg.pinv: [(np.linalg.pinv, matrix)],
    np.linalg.solve: [(lambda X: np.linalg.solve(X, other[:3]), square), (lambda b: np.linalg.solve(stack, b), stack)],
    np.linalg.norm: [
        (np.linalg.norm, matrix),
        (lambda x: np.linalg.norm(x, 1), vector),
        (lambda x: np.linalg.norm(x, 3.5), vector),
        (lambda x: np.linalg.norm(x, np.inf), vector),
        (lambda X: np.linalg.norm(X, axis=1, keepdims=True), matrix),
        (lambda X: np.linalg.norm(X, "nuc"), matrix.T),
        (lambda X: np.linalg.norm(X, 2), matrix),
        (lambda X: np.linalg.norm(X, 1), matrix),
        (lambda X: np.linalg.norm(X, -2), square),
    ],
    np.linalg.svd: [(lambda X: np.linalg.svd(X, compute_uv=False), matrix), (lambda X: _low_rank(X), matrix)],
    np.linalg.eigh: [(lambda X: np.linalg.eigh(_sym(X))[0], square), (lambda X: _spectral(X), square)],
    np.linalg.eigvalsh: [(lambda X: np.linalg.eigvalsh(_sym(X)), square)],
    np.linalg.eigvals: [
        (lambda X: np.sum(np.abs(np.linalg.eigvals(X)) ** 2), square),
        (
            lambda X: np.sum(np.real(np.linalg.eigvals(X)) ** 3),
            np.array([[1.0, -2.0, 0.1], [2.0, 1.0, 0.3], [0.0, 0.1, 4.0]]),
        ),
    ],
    np.linalg.qr: [
        (lambda X: np.abs(np.linalg.qr(X)[1]), matrix),
        (lambda X: np.linalg.qr(X.T, mode="r") ** 2, matrix),
    ],
    np.linalg.cholesky: [(lambda X: np.linalg.cholesky(_sym(X)), spd)],
    np.linalg.matrix_power: [
        (lambda X: np.linalg.matrix_power(X, 5), square / 3),
        (lambda X: np.linalg.matrix_power(X, -2), square),
    ],
    np.linalg.multi_dot: [(lambda X: np.linalg.multi_dot([X, X.T, second]), matrix)],
    np.linalg.lstsq: [
        (lambda X: np.linalg.lstsq(X, other[:4], rcond=None)[0], matrix.T),
        (lambda X: np.linalg.lstsq(X, other[:4], rcond=None)[1], matrix.T),
    ],
    np.linalg.cond: [(np.linalg.cond, square), (lambda X: np.linalg.cond(X, "fro"), square)],
    np.fft.fft: [(lambda x: np.abs(np.fft.fft(x, 7)), vector)],
    np.fft.ifft: [(lambda x: np.real(np.fft.ifft(x) * np.exp(1j)), vector)],
    np.fft.fft2: [(lambda X: np.abs(np.fft.fft2(X, norm="ortho")), matrix)],
    np.fft.ifft2: [(lambda X: np.imag(np.fft.ifft2(X)), matrix)],
    np.fft.fftn: [(lambda X: np.abs(np.fft.fftn(X)) ** 2, stack)],
    np.fft.ifftn: [(lambda X: np.real(np.fft.ifftn(X)), stack)],
    np.fft.rfft: [
        (lambda x: np.abs(np.fft.rfft(x)), vector),
        (lambda x: np.abs(np.fft.rfft(x, 6, norm="forward")), vector),
    ],
    np.fft.irfft: [
        (lambda x: np.fft.irfft(np.fft.rfft(x, 8) ** 2, 8), vector),
        (lambda x: np.fft.irfft(x * (1 + 2j), 7), vector),
    ],
    np.fft.fftshift: [(np.fft.fftshift, matrix)],
    np.fft.ifftshift: [(lambda X: np.fft.ifftshift(X, 1), matrix)],
    np.convolve: [
        (lambda x: np.convolve(x, [1.0, 2, 3]), vector),
        (lambda x: np.convolve([1.0, 2, 3], x, "same"), vector),
        (lambda x: np.convolve(x, x[:2], "valid"), vector),
    ],
    np.correlate: [(lambda x: np.correlate(x, [1.0, 2, 3]), vector), (lambda x: np.correlate(x, x, "full"), vector)],
    np.polyval: [(lambda p: np.polyval(p, [0.5, 2.0]), vector), (lambda x: np.polyval([1.0, 2, 3], x), vector)],
    np.vander: [(np.vander, vector)],
    np.sinc: [(np.sinc, vector)],
    np.i0: [(np.i0, vector)],
    np.real: [(lambda x: np.real(x * (1 + 2j)), vector)],
    np.imag: [(lambda x: np.imag(x * (1 + 2j)), vector)],
    special.logsumexp: [
        (lambda X: special.logsumexp(X, axis=1), matrix),
        (lambda x: special.logsumexp(x, b=[1.0, 2, 3, 4, 5]), vector),
    ],
    special.softmax: [(lambda X: special.softmax(X, axis=0), matrix)],
    special.log_softmax: [(lambda X: special.log_softmax(X, axis=1), matrix)],
    special.polygamma: [(lambda x: special.polygamma(1, x), positive)],
    special.psi: [(special.digamma, positive)],
    special.betaln: [(lambda x: special.betaln(x, 2 * x), positive)],
    special.beta: [(lambda x: special.beta(x, 0.7), positive)],
    special.comb: [(lambda x: special.comb(5 + x, 2), positive)],
    special.entr: [(special.entr, positive)],
    special.rel_entr: [(lambda x: special.rel_entr(x, 2 - x), positive)],
    special.kl_div: [(lambda x: special.kl_div(x, 2 * x**2), positive)],
    sla.cholesky: [(lambda X: sla.cholesky(_sym(X)), spd), (lambda X: sla.cholesky(_sym(X), lower=True), spd)],
    sla.cho_factor: [(lambda X: sla.cho_solve(sla.cho_factor(_sym(X)), other[:3]), spd)],
    sla.lu_factor: [(lambda X: sla.lu_solve(sla.lu_factor(X), other[:3]), square)],
    sla.lu_solve: [
        (lambda b: sla.lu_solve(sla.lu_factor(np.roll(square, 1, axis=0)), b), other[:3]),
        (lambda b: sla.lu_solve(sla.lu_factor(np.roll(square, 1, axis=0)), b, trans=1), other[:3]),
    ],
    sla.cho_solve: [(lambda b: sla.cho_solve(sla.cho_factor(spd, lower=True), b), other[:3])],
    sla.solve_triangular: [
        (lambda X: sla.solve_triangular(X, other[:3], lower=True, trans="T"), square),
        (lambda b: sla.solve_triangular(square, b), other[:3]),
    ],
    sla.solve: [(lambda X: sla.solve(X, other[:3]), square)],
    sla.inv: [(sla.inv, square)],
    sla.det: [(sla.det, square)],
    sla.pinv: [(sla.pinv, matrix)],
    sla.norm: [(sla.norm, matrix)],
    sla.solve_sylvester: [
        (lambda X: sla.solve_sylvester(X, square, second[:, :3]), square),
        (lambda X: sla.solve_sylvester(b=X, q=second[:, :3], a=square), square),
    ],
    sla.solve_continuous_lyapunov: [(lambda X: sla.solve_continuous_lyapunov(X, spd), square)],
    sla.solve_discrete_lyapunov: [(lambda X: sla.solve_discrete_lyapunov(X, spd), square / 9)],
    sla.solve_continuous_are: [(lambda X: sla.solve_continuous_are(X, np.eye(3), spd, spd), square)],
    sla.solve_discrete_are: [(lambda X: sla.solve_discrete_are(X, np.eye(3), spd, spd), square / 5)],
    sla.eigh: [
        (lambda X: sla.eigh(_sym(X), eigvals_only=True), square),
        (lambda X: sla.eigh(_sym(X), X @ X.T, eigvals_only=True), square),
        (lambda X: np.abs(sla.eigh(_sym(X), X @ X.T)[1]), square),
    ],
    sla.eigvalsh: [(lambda X: sla.eigvalsh(_sym(X)), square)],
    sla.eigvals: [(lambda X: np.sum(np.real(sla.eigvals(X)) ** 2), square)],
    sla.svd: [(lambda X: sla.svd(X, full_matrices=False)[1], matrix)],
    sla.svdvals: [(sla.svdvals, matrix)],
    sla.qr: [
        (lambda X: np.abs(sla.qr(X, mode="economic")[1]), matrix.T),
        (lambda X: np.abs(sla.qr(X, mode="economic", pivoting=True)[1]), matrix.T),
        (lambda X: np.abs(sla.qr(X, mode="r")[0]), square),
    ],
    sla.lu: [
        (lambda X: sla.lu(X)[2], np.roll(square, 1, axis=0)),
        (lambda X: sla.lu(X)[1], matrix.T),
        (lambda X: sla.lu(X)[2], matrix),
    ],
    sla.polar: [(lambda X: sla.polar(X)[0], square), (lambda X: sla.polar(X, side="left")[1], matrix)],
    sla.orthogonal_procrustes: [
        (lambda X: sla.orthogonal_procrustes(X, square)[0], square @ square),
        (lambda X: sla.orthogonal_procrustes(X, second)[1], matrix),
    ],
    sla.fractional_matrix_power: [(lambda X: sla.fractional_matrix_power(X, 0.3), spd)],
    sla.lstsq: [(lambda b: sla.lstsq(matrix.T, b)[0], other[:4])],
    sla.block_diag: [
        (lambda X: sla.block_diag(X, second[:1], X), matrix),
        (lambda x: sla.block_diag(x, x[0], 2.0), vector),
    ],
    sla.circulant: [(sla.circulant, vector)],
    sla.hankel: [(sla.hankel, vector), (lambda c: sla.hankel(c, [9.0, 2, 3]), vector)],
    sla.solve_toeplitz: [
        (lambda c: sla.solve_toeplitz(c + 9 * (np.arange(c.size) == 0), c), vector),
        (lambda c: sla.solve_toeplitz((c + 9 * (np.arange(c.size) == 0), c**2), np.ones((c.size, 2))), vector),
    ],
    sla.solve_banded: [(lambda X: sla.solve_banded((1, 1), X + 9 * np.eye(*X.shape)[[1, 0, 2]], X[0]), matrix)],
    sla.toeplitz: [(lambda c: sla.toeplitz(c, [1.0, 2, 3]), vector), (sla.toeplitz, vector)],
    sla.khatri_rao: [(lambda X: sla.khatri_rao(X, second), matrix)],
    sla.expm: [(sla.expm, square / 3)],
    sla.logm: [(sla.logm, spd)],
    sla.sqrtm: [(sla.sqrtm, spd)],
    sla.signm: [(lambda X: X @ sla.signm(X - 2 * np.eye(3)), np.diag([1.0, 3.0, 5.0]) + 0.1 * matrix[:, :3])],
    **{
        getattr(sla, n): [((lambda f: lambda X: f(X))(getattr(sla, n)), square / 4)]
        for n in ("sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm")
    },
    math.log: [(lambda x: math.log(x[0]) + math.log(x[1], 3) + math.log(2.0, x[2]), positive)],
    math.fsum: [(lambda x: math.fsum([x[0], x[1] ** 2]), vector)],
    math.prod: [(lambda x: math.prod([x[0], x[1], 2.0]), vector)],
    math.copysign: [(lambda x: math.copysign(x[0], -1.0), vector)],
    math.ldexp: [(lambda x: math.ldexp(x[0], 2), positive)],
    math.frexp: [(lambda x: math.frexp(x[0])[0], positive)],
    math.modf: [(lambda x: math.modf(3 * x[0])[0], positive)],
    math.remainder: [(lambda x: math.remainder(x[0], 0.3), positive)],
    math.fmod: [(lambda x: math.fmod(x[0], 0.3), positive)],
    math.dist: [(lambda x: math.dist([x[0], x[1]], [1.0, 2.0]), vector)],
    **{
        getattr(math, n): [((lambda f: lambda x: f(x[0]))(getattr(math, n)), unit + 1.5 if n == "acosh" else abs(unit))]
        for n in [
            "sqrt",
            "exp",
            "sin",
            "cos",
            "tan",
            "sinh",
            "cosh",
            "tanh",
            "log1p",
            "expm1",
            "log2",
            "log10",
            "erf",
            "erfc",
            "gamma",
            "radians",
            "degrees",
            "exp2",
            "cbrt",
            "fabs",
            "asin",
            "acos",
            "atan",
            "asinh",
            "acosh",
            "atanh",
            "lgamma",
        ]
        if hasattr(math, n)
    },
    **{
        getattr(math, n): [((lambda f: lambda x: f(x[0], x[1]))(getattr(math, n)), positive)]
        for n in ("hypot", "pow", "atan2")
    },
}


def _filled_diagonal(X):
    Y = X * X
    np.fill_diagonal(Y, X[0, 1])
    return Y


def _low_rank(X):
    U, s, Vh = np.linalg.svd(X, full_matrices=False)
    return (U[:, :2] * s[:2]) @ Vh[:2]


def _spectral(X):
    w, V = np.linalg.eigh(_sym(X))
    return (V * np.exp(w)) @ V.T


METHOD_CALLS = {
    "reshape": (lambda X: X.reshape(2, 6), matrix),
    "transpose": (lambda X: X.transpose(1, 0) * X.T.transpose(), square),
    "swapaxes": (lambda X: X.swapaxes(0, 1), matrix),
    "squeeze": (lambda X: X[:, None].squeeze(), matrix),
    "ravel": (lambda X: X.ravel(), matrix),
    "flatten": (lambda X: X.flatten("F"), matrix),
    "repeat": (lambda X: X.repeat(2, axis=1), matrix),
    "take": (lambda X: X.take([0, 1], axis=0), matrix),
    "sum": (lambda X: X.sum(axis=1), matrix),
    "mean": (lambda X: X.mean(0), matrix),
    "var": (lambda X: X.var(axis=0), matrix),
    "std": (lambda X: X.std(), matrix),
    "max": (lambda X: X.max(axis=0), matrix),
    "min": (lambda X: X.min(), matrix),
    "prod": (lambda X: X.prod(axis=0), matrix),
    "cumsum": (lambda X: X.cumsum(axis=0), matrix),
    "cumprod": (lambda X: X.cumprod(axis=1), matrix),
    "clip": (lambda X: X.clip(-0.5, 0.5), matrix),
    "sort": (lambda x: _sorted_in_place(x), vector),
    "fill": (lambda x: _filled(x), vector),
    "dot": (lambda X: X.dot(X.T), matrix),
    "trace": (lambda X: X.trace(), square),
    "diagonal": (lambda X: X.diagonal(), square),
    "astype": (lambda X: X.astype(np.float64) ** 2, matrix),
    "copy": (lambda X: X.copy() * X, matrix),
    "conj": (lambda X: X.conj() * X, matrix),
    "conjugate": (lambda X: X.conjugate(), matrix),
}


def _sorted_in_place(x):
    y = x * 2
    y.sort()
    return y * np.arange(5)


def _filled(x):
    y = x * 2
    y[1:3].fill(7.0)
    return y * x


UFUNC_CALLS = {
    "jv": (lambda x: special.jv(2, x), positive),
    "yv": (lambda x: special.yv(0.5, x), positive),
    "iv": (lambda x: special.iv(1.5, x), positive),
    "kv": (lambda x: special.kv(np.float64(2), x), positive),
    "gammainc": (lambda x: special.gammainc(1.5, x), positive),
    "ive": (lambda x: special.ive(1.5, x), positive),
    "kve": (lambda x: special.kve(1.5, x), positive),
    "hyp0f1": (lambda x: special.hyp0f1(1.5, x), positive),
    "hyp1f1": (lambda x: special.hyp1f1(0.5, 1.5, x), vector),
    "hyp2f1": (lambda x: special.hyp2f1(0.5, 1.5, 2.5, x), unit),
    "gammaincc": (lambda x: special.gammaincc(2, x), positive),
    "betainc": (lambda x: special.betainc(2.0, 1.5, x), abs(unit)),
    "add": (lambda x: np.add(x, other) * np.add(1.0, x), vector),
    "subtract": (lambda X: np.subtract(X, X[0]), matrix),
    "multiply": (lambda X: np.multiply(X, X[:, :1]), matrix),
    "divide": (lambda x: np.divide(x, 2 + x), positive),
    "negative": (lambda x: -x, vector),
    "positive": (lambda x: +x, vector),
    "power": (lambda x: x**3 + x**2 + x**0.5 + 2.0**x + x**x + x**-1, positive),
    "float_power": (lambda x: np.float_power(x, 1.5), positive),
    "matmul": (lambda X: X @ X.T, matrix),
    "absolute": (lambda x: abs(x), vector),
    "fabs": (np.fabs, vector),
    "maximum": (lambda x: np.maximum(x, 0.1), vector),
    "minimum": (lambda x: np.minimum(0.1, x), vector),
    "fmax": (lambda x: np.fmax(x, np.array([np.nan, 0, 0, 0, 0])), vector),
    "fmin": (lambda x: np.fmin(x, other), vector),
    "remainder": (lambda x: x % 0.3 + np.remainder(2.0, x), np.array([0.37, 0.44, 0.53, 0.71, 0.85])),
    "fmod": (lambda x: np.fmod(x, 0.7), positive),
    "frexp": (lambda x: np.frexp(3 * x)[0], positive),
    "conjugate": (np.conjugate, vector),
    "heaviside": (lambda x: np.heaviside(x, 0.5) * x, vector),
    "copysign": (lambda x: np.copysign(x, other), vector),
    "radians": (np.radians, vector),
    "degrees": (np.degrees, vector),
    "logaddexp2": (lambda x: np.logaddexp2(x, 2 * x), vector),
    "logaddexp": (lambda x: np.logaddexp(x, other), vector),
    "arctan2": (lambda x: np.arctan2(x, other) + np.arctan2(1.0, x), vector),
    "hypot": (lambda x: np.hypot(x, other), vector),
    "xlogy": (lambda x: special.xlogy(x, x + 1), positive),
    "xlog1py": (lambda x: special.xlog1py(2.0, x), positive),
    "add.outer": (lambda x: np.add.outer(x, x), vector),
    "subtract.outer": (lambda x: np.subtract.outer(x, other), vector),
    "multiply.outer": (lambda x: np.multiply.outer(x, other), vector),
    "divide.outer": (lambda x: np.divide.outer(x, positive), vector),
    "maximum.outer": (lambda x: np.maximum.outer(x, other), vector),
    "minimum.outer": (lambda x: np.minimum.outer(x, other), vector),
    "add.at": (lambda x: _added_at(x, np.add), vector),
    "subtract.at": (lambda x: _added_at(x, np.subtract), vector),
    "add.reduce": (lambda X: np.add.reduce(X), matrix),
    "multiply.reduce": (lambda X: np.multiply.reduce(X, axis=1), matrix),
    "maximum.reduce": (lambda X: np.maximum.reduce(X), matrix),
    "minimum.reduce": (lambda X: np.minimum.reduce(X), matrix),
    "add.accumulate": (lambda X: np.add.accumulate(X), matrix),
    "multiply.accumulate": (lambda X: np.multiply.accumulate(X), matrix),
    "arccosh": (np.arccosh, positive + 1),
}


def _added_at(x, ufunc):
    h = np.zeros(3)
    ufunc.at(h, [0, 1, 1, 2, 0], x * x)
    return h
