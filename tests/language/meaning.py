"""Whether a text was read as its writer meant it: values at random points against the intended function in JAX."""

from __future__ import annotations

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from frechet.errors import FrechetError
from frechet.expr.evaluate import as_matrix, evaluate
from frechet.language import read
from frechet.language.names import normal_name

jax.config.update("jax_enable_x64", True)

SIZES = {"three": 3, "two": 2, "m": 6}
LETTERS = "mnkTpqrNldst"
GOOD = ("intended", "second, with a note", "refused as it may be")


def outcome(case: dict[str, Any]) -> str:
    """In which of these words the reading of a case ends: "intended", "second, with a note", "refused as it may be",
    "refused", "another function", "another function, with a note"."""
    declared = {name: declaration(kind) for name, kind in case.get("declare", {}).items() if kind != "size"}
    try:
        reading = read(case["input"], declared, wrt=case["wrt"])
    except FrechetError as error:
        allowed = case.get("must_refuse") or case.get("may_refuse")
        names = allowed and re.search(r"\\b[A-Z]", allowed)
        found = allowed and re.search(allowed, _without_echo(error), 0 if names else re.IGNORECASE)
        return "refused as it may be" if found else "refused"
    if "intended" not in case:
        return "another function, with a note" if reading.notes else "another function"
    return _compared(case, reading)


def _without_echo(error: FrechetError) -> str:
    """The message without the formula that it shows: a word found there would say nothing."""
    return f"{getattr(error, 'reason', error)} {getattr(error, 'hint', '')}"


def declaration(kind: str) -> str:
    """A kind of the file as the language declares it; words that say how points are drawn are left out."""
    shape, *words = kind.split()
    known = [w for w in words if w in ("positive", "symmetric", "spd", "psd", "orthogonal")]
    return " ".join([shape, *known])


def _compared(case: dict[str, Any], reading: Any) -> str:
    values, sizes = _drawn(case["kinds"])
    if _agree(case["intended"], reading, values, sizes):
        return "intended"
    if reading.notes and case.get("ambiguous") and "second_function" not in case:
        return "second, with a note"
    if reading.notes and "second_function" in case:
        kinds = {**case["kinds"], **case.get("second_kinds", {})}
        if _agree(case["second_function"], reading, *_drawn(kinds)):
            return "second, with a note"
        second = {n: _of_symbol(s) for n, s in reading.symbols.items()}
        if _agree(case["second_function"], reading, second, sizes):
            return "second, with a note"
    return "another function, with a note" if reading.notes else "another function"


def _agree(source: str, reading: Any, values: dict[str, Any], sizes: dict[str, int]) -> bool:
    try:
        expected = np.asarray(eval(source, _names(values, sizes)))
    except (ValueError, TypeError):  # the second function does not take the kinds of the first
        return False
    shapes = {n: (s.is_scalar, s.is_vector and not s.is_scalar) for n, s in reading.symbols.items()}
    if any(n not in values for n in shapes) or any(
        shapes[n] != (np.ndim(values[n]) == 0, np.ndim(values[n]) == 1) for n in shapes if n in values
    ):
        return False
    try:
        given = {s: as_matrix(values[n], s) for n, s in reading.symbols.items()}
        found = np.asarray(evaluate(reading.expr, given, {}))
    except (FrechetError, KeyError):
        return False
    if expected.ndim < 2:
        expected, found = expected.reshape(-1), found.reshape(-1) if min(found.shape) == 1 else found
    return expected.shape == found.shape and bool(np.allclose(found, expected, rtol=1e-7, atol=1e-9))


def _names(values: dict[str, Any], sizes: dict[str, int]) -> dict[str, Any]:
    spelled = {n + "_" if n in ("lambda",) else n: v for n, v in values.items()}
    return {"jnp": jnp, "jax": jax, "np": np, **sizes, **spelled}


def _drawn(kinds: dict[str, str]) -> tuple[dict[str, Any], dict[str, int]]:
    rng = np.random.default_rng(1)
    letters = dict.fromkeys(letter for kind in kinds.values() for letter in re.findall(r"\b[A-Za-z]+\b", _inside(kind)))
    sizes = {letter: SIZES.get(letter, 4 + (k if k < 2 else k + 1)) for k, letter in enumerate(letters)}
    if any("tall" in kind for kind in kinds.values()):
        sizes.update(dict(zip(sizes, sorted(sizes.values(), reverse=True), strict=True)))
    if "mp" in sizes:
        sizes["mp"] = sizes["m"] * sizes.setdefault("p", 5)
    values: dict[str, Any] = {}
    for name, kind in kinds.items():
        if kind.split()[0] == "size":  # the number of a size: of the letter itself, or of the one that is named
            values[normal_name(name)] = sizes.setdefault(kind.split()[-1] if " " in kind else name, 9)
            continue
        shape = tuple(eval(s, {}, sizes) for s in _inside(kind).split(",") if s)
        values[normal_name(name)] = _value(rng, shape, kind)
    return values, sizes


def _inside(kind: str) -> str:
    return kind[kind.find("(") + 1 : kind.find(")")] if "(" in kind else ""


def _value(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> Any:
    words = set(re.findall(r"[a-z]+", kind))
    drawn = rng.standard_normal(shape)
    if words & {"spd", "spdpos"}:
        drawn = np.abs(drawn) if "spdpos" in words else drawn
        return drawn @ drawn.T + len(drawn) * np.eye(len(drawn))
    if words & {"symmetric", "psd", "detpos"}:
        return drawn @ drawn.T
    if "sqdist" in words:
        gram = drawn @ drawn.T
        return np.diag(gram)[:, None] + np.diag(gram)[None, :] - 2 * gram
    if "unit" in words:
        return 1 / (1 + np.exp(-drawn))
    if words & {"regular", "invertible"}:
        return drawn + 2 * len(drawn) * np.eye(len(drawn))
    if "orthogonal" in words:
        return np.linalg.qr(drawn)[0]
    if "large" in words:
        return drawn + 50
    return np.abs(drawn) + 0.5 if words & {"positive"} else drawn


def _of_symbol(symbol: Any) -> Any:
    rng = np.random.default_rng(2)
    shape = [s.constant or 4 for s in symbol.shape]
    drawn = rng.standard_normal(shape) ** 2 + 0.5
    if shape[1] > 1 and shape[0] == shape[1]:
        drawn = drawn @ drawn.T + np.eye(shape[0])
    return drawn[0, 0] if symbol.is_scalar else drawn[:, 0] if symbol.is_vector else drawn
