"""The 25 applications of Barthels, Psarras, Bientinesi, "Linnea: Automatic Generation of Efficient Linear Algebra
Programs" (ACM TOMS 2021, arXiv:1912.12924), at a fifth to two fifths of the published sizes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

import compile_linnea_by_hand as by_hand
from as_written import PEERS, as_written, parsed
from compile_cases import Case, spd

# name: sizes; declarations; definitions, a line each, in the notation that Python and Frechet share; results
APPLICATIONS = {
    "1 least squares": ("n=1000 m=200", "X:matrix(n,m) y:vector(n)", "b = inv(X.T@X)@X.T@y", "b"),
    "2 generalized least squares": (
        "n=1000 m=200", "M:spd(n) X:matrix(n,m) y:vector(n)", "b = inv(X.T@inv(M)@X)@X.T@inv(M)@y", "b",
    ),
    "3 optimization": (
        "m=400 n=800", "W:diagonal(n),spd A:matrix(m,n) b:vector(m) c:vector(n)",
        "x = W@(A.T@inv(A@W@A.T)@b - c)", "x",
    ),
    "4 optimization, two steps": (
        "m=400 n=800", "W:diagonal(n),spd A:matrix(m,n) b:vector(m) c:vector(n) x:vector(n)",
        "xf = W@A.T@inv(A@W@A.T)@(b - A@x)\nxo = W@(A.T@inv(A@W@A.T)@A@x - c)", "xf xo",
    ),
    "5 signal processing": (
        "n=600 m=599", "A:matrix(n,n),invertible B:matrix(n,n) R:matrix(m,n) L:diagonal(m),spd y:vector(n)",
        "x = inv(inv(A.T)@B.T@B@inv(A) + R.T@L@R)@inv(A.T)@B.T@B@inv(A)@y", "x",
    ),
    "6 triangular inversion": (
        "n=800 m=80 k=800",
        "A:lower(n),invertible B:matrix(m,n) C:lower(m),invertible D:matrix(k,n) E:matrix(k,m) F:lower(k),invertible",
        "X10 = B@inv(A)\nX20 = D + inv(F)@E@inv(C)@B\nX11 = inv(C)\nX21 = -inv(F)@E", "X10 X20 X11 X21",
    ),
    "7 ensemble Kalman filter": (
        "n=600 l=80", "B:spd(n) H:matrix(n,n) R:spd(n) Y:matrix(n,l) X:matrix(n,l)",
        "Xa = X + inv(inv(B) + H.T@inv(R)@H)@(Y - H@X)", "Xa",
    ),
    "8 ensemble Kalman filter, analysis": (
        "n=800 m=200 l=40", "B:spd(n) H:matrix(m,n) R:spd(m) Y:matrix(m,l) X:matrix(n,l)",
        "dX = inv(inv(B) + H.T@inv(R)@H)@H.T@inv(R)@(Y - H@X)", "dX",
    ),
    "9 ensemble Kalman filter, factored": (
        "n=1000 m=200 l=40", "L:lower(n) H:matrix(m,n) R:spd(m) Y:matrix(m,l) X:matrix(n,l)",
        "dX = L@(H@L).T@inv(R + H@L@(H@L).T)@(Y - H@X)", "dX",
    ),
    "10 image restoration": (
        "n=1000 m=200", "H:matrix(m,n) y:vector(m) v:vector(n) u:vector(n) c:scalar,positive d:scalar,positive",
        "x = inv(H.T@H + c*d*eye(n))@(H.T@y + c*d*(v - u))", "x",
    ),
    "11 image restoration, projection": (
        "n=1000 m=200", "H:matrix(m,n) y:vector(m) x:vector(n)",
        "K = H.T@inv(H@H.T)\nyk = K@y + (eye(n) - K@H)@x", "yk",
    ),
    "12 randomized inversion, rows": (
        "n=1000 q=100", "A:matrix(n,n) S:matrix(n,q) W:spd(n) X:matrix(n,n)",
        "K = S@inv(S.T@A@W@A.T@S)@S.T\nXo = X + W@A.T@K@(eye(n) - A@X)", "Xo",
    ),
    "13 randomized inversion, columns": (
        "n=1000 q=100", "A:matrix(n,n) S:matrix(n,q) W:spd(n) X:matrix(n,n)",
        "K = S@inv(S.T@A.T@W@A@S)@S.T\nXo = X + (eye(n) - X@A.T)@K@A.T@W", "Xo",
    ),
    "14 randomized inversion, symmetric": (
        "n=1000 q=100", "A:symmetric(n) S:matrix(n,q) W:spd(n) X:symmetric(n)",
        "K = S@inv(S.T@A@W@A@S)@S.T\nZ = K@A@W\nM = X@A - eye(n)\nXo = X - M@Z - (M@Z).T + Z.T@(A@X@A - A)@Z", "Xo",
    ),
    "15 randomized inversion, spd": (
        "n=1000 q=100", "A:spd(n) S:matrix(n,q) X:symmetric(n)",
        "K = S@inv(S.T@A@S)@S.T\nXo = K + (eye(n) - K@A)@X@(eye(n) - A@K)", "Xo",
    ),
    "16 stochastic Newton": (
        "n=300 m=1500 l=180", "A:matrix(m,n) B:spd(n) W:matrix(m,l) c:scalar,positive",
        "Bo = (c + 1)/c*B@(eye(n) - A.T@W@inv(c*eye(l) + W.T@A@B@A.T@W)@W.T@A@B)", "Bo",
    ),
    "17 stochastic Newton, first step": (
        "n=300 m=1500 l=180", "A:matrix(m,n) W:matrix(m,l) c:scalar,positive",
        "Bo = 1/c*(eye(n) - A.T@W@inv(c*eye(l) + W.T@A@A.T@W)@W.T@A)", "Bo",
    ),
    "18 Tikhonov": (
        "n=1200 m=80", "A:matrix(n,m) C:matrix(m,m) b:vector(n)", "x = inv(A.T@A + C.T@C)@A.T@b", "x",
    ),
    "19 Tikhonov, a multiple of the identity": (
        "n=1200 m=80", "A:matrix(n,m) b:vector(n) c:scalar,positive", "x = inv(A.T@A + c*eye(m))@A.T@b", "x",
    ),
    "20 generalized Tikhonov": (
        "n=1200 m=80", "A:matrix(n,m) P:spd(n) Q:spd(m) b:vector(n) x:vector(m)",
        "xo = inv(Q + A.T@P@A)@(A.T@P@b + Q@x)", "xo",
    ),
    "21 generalized Tikhonov, correction": (
        "n=1200 m=80", "A:matrix(n,m) P:spd(n) Q:spd(m) b:vector(n) x:vector(m)",
        "xo = x + inv(A.T@P@A + Q)@A.T@P@(b - A@x)", "xo",
    ),
    "22 LMMSE estimator": (
        "n=800 m=600", "A:matrix(m,n) C:spd(n) R:spd(m) x:vector(n) y:vector(m)",
        "xo = C@A.T@inv(A@C@A.T + R)@(y - A@x) + x", "xo",
    ),
    "23 LMMSE estimator, information form": (
        "n=800 m=600", "A:matrix(m,n) C:spd(n) R:spd(m) x:vector(n) y:vector(m)",
        "xo = inv(A.T@inv(R)@A + inv(C))@A.T@inv(R)@(y - A@x) + x", "xo",
    ),
    "24 LMMSE estimator with its covariance": (
        "n=800 m=600", "A:matrix(m,n) C:spd(n) R:spd(m) x:vector(n) y:vector(m)",
        "K = C@A.T@inv(R + A@C@A.T)\nxo = x + K@(y - A@x)\nCo = (eye(n) - K@A)@C", "xo Co",
    ),
    "25 Kalman filter": (
        "n=400 m=400", "H:matrix(m,n) P:spd(n) R:spd(m) x:vector(n) z:vector(m)",
        "K = P@H.T@inv(R + H@P@H.T)\nxa = x + K@(z - H@x)\nPa = (eye(n) - K@H)@P", "xa Pa",
    ),
}  # fmt: skip


def _declared(text: str) -> dict[str, str]:
    kinds = [part.split(":") for part in text.split()]
    return {name: kind.replace("),", ") ").replace("scalar,", "scalar ") for name, kind in kinds}


def _array(kind: str, sizes: dict[str, int], rng: np.random.Generator) -> Any:
    """Well-conditioned numbers of a declared kind."""
    if kind.startswith("scalar"):
        return np.float64(2.5)
    shape = [sizes[letter] for letter in re.search(r"\((.*)\)", kind)[1].split(",")]
    if kind.startswith("matrix"):
        A = rng.standard_normal(shape) / np.sqrt(shape[-1])
        return A + 3 * np.eye(*shape) if "invertible" in kind else A
    if kind.startswith("vector"):
        return rng.standard_normal(shape[0])
    n = shape[0]
    if kind.startswith("spd"):
        return spd(n, rng)
    if kind.startswith("symmetric"):
        A = rng.standard_normal((n, n)) / np.sqrt(n)
        return (A + A.T) / 2
    if kind.startswith("diagonal"):
        return np.diag(rng.uniform(1, 2, n))
    return np.tril(rng.standard_normal((n, n))) / np.sqrt(n) + 2 * np.eye(n)  # lower


def _in_inputs(steps: dict[str, str]) -> dict[str, str]:
    """Each definition as a formula in the inputs."""
    known: dict[str, str] = {}
    for name, text in steps.items():
        known[name] = re.sub(
            r"(?<!\.)\b[A-Za-z]\w*", lambda word: f"({known[word[0]]})" if word[0] in known else word[0], text
        )
    return known


def linnea() -> list[Case]:
    cases = []
    for name, (size_text, kinds, definitions, result_text) in APPLICATIONS.items():
        sizes = {letter: int(number) for letter, number in (part.split("=") for part in size_text.split())}
        declared, results = _declared(kinds), result_text.split()
        steps = dict(line.split(" = ", 1) for line in definitions.split("\n"))
        rng = np.random.default_rng(0)
        arrays = {s: _array(kind, sizes, rng) for s, kind in declared.items()}
        peers = {peer: as_written(steps, results, sizes, library) for peer, library in PEERS.items()}
        formulas = _in_inputs(steps)
        roots = [parsed(formulas[r], declared) for r in results]
        hand = getattr(by_hand, "application_" + name.split()[0])
        cases.append(Case(name, lambda roots=roots: roots if len(roots) > 1 else roots[0], arrays, hand, peers))
    return cases
