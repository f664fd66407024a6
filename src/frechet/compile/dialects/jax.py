"""JAX: pure functions of arrays, to be jitted, batched, differentiated and sharded further."""

from __future__ import annotations

from collections.abc import Sequence

from frechet.compile.dialects.native import library_templates, native_operations
from frechet.compile.dialects.numpy import PYTHON_WORDS, dtype_of
from frechet.compile.dialects.spelling import is_real_power, raised, sized, unfit
from frechet.compile.natives import words_jax
from frechet.compile.natives.operations import JAX_JOINT, JAX_NATIVE, JAX_ONLY_IN_CODE
from frechet.compile.values import Value
from frechet.compile.writing import POWER, SUM, Code, Language, Writer

__all__ = ["JAX"]


def _power(w: Writer, v: Value) -> Code:
    """A power; of plain numbers Python would make a complex one where it is not real."""
    if v.ndim or is_real_power(v):
        return Code(f"{w.text[v.args[0]]:81} ** {w.text[v.args[1]]:80}", POWER)
    return Code(f"jnp.power({w.text[v.args[0]]}, {w.text[v.args[1]]})")


def _real_or_nan(codes: Sequence[str], result: str) -> str:
    """The eigenvalues of JAX are complex numbers always, and cannot be looked at while it traces."""
    return f"jnp.where({' & '.join(f'jnp.isreal({code}).all()' for code in codes)}, {result}, jnp.nan)"


JAX = Language(
    name="jax",
    templates={
        **library_templates("jnp"),
        "pow": _power,
        "sigmoid": "jax.nn.sigmoid({0})",
        "softplus": "jax.nn.softplus({0})",
        **{name: f"jax.scipy.special.{name}({{0}})" for name in ("erf", "erfc")},
        **{name: f"jnp.where({{0}} > 0, jax.scipy.special.{name}({{0}}), jnp.nan)" for name in ("gammaln", "digamma")},
        "softmax": "jax.nn.softmax({0}, None)",
        "softmax_rows": "jax.nn.softmax({0}, 1)",
        "hat": "jnp.cross(jnp.eye(3, dtype={0:100}.dtype), {0})",
        "vee": (
            "{0:100}[jnp.array([2, 0, 1]), jnp.array([1, 2, 0])] / 2"
            " - {0:100}[jnp.array([1, 2, 0]), jnp.array([2, 0, 1])] / 2",
            SUM,
        ),
        "unit": sized("jnp.eye({s0}, dtype={like})[{first}]"),
        "commutation": sized("jnp.eye({s0}, dtype={like})[jnp.arange({s0}).reshape({0}, {1}, order='F').ravel()]"),
    },
    **native_operations(
        "jnp",
        {**JAX_NATIVE, **JAX_ONLY_IN_CODE},
        JAX_JOINT,
        words_jax,
        polygamma="jnp.where({0} > 0, jax.scipy.special.polygamma({p0}, {0}), jnp.nan)",
    ),
    instead="; frechet.jax.linalg computes it on the host",
    reserved=frozenset({"jax", "jnp"}),
    keywords=PYTHON_WORDS,
    like=dtype_of,
    refused=raised("jnp.iscomplexobj"),
    unfit=unfit,
    real_or_nan=_real_or_nan,
)
