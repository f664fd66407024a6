"""The JAX target over eight simulated devices: the same result, an eighth of the memory on each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import frechet as fr

PROGRAM = """
import jax, numpy as np
jax.config.update("jax_enable_x64", True)
from jax.sharding import Mesh, NamedSharding, PartitionSpec
import frechet as fr

assert len(jax.devices()) == 8
mesh = Mesh(np.array(jax.devices()), ("rows",))
rows = NamedSharding(mesh, PartitionSpec("rows"))
f = fr.parse("sum(log(1 + exp(-y.*(X*w))))", X="matrix(m,n)", y="vector(m)", w="vector(n)")
roots = [f, fr.derivative(f, "w").gradient]
rng = np.random.default_rng(0)
data = {"X": rng.standard_normal((8000, 20)), "y": np.sign(rng.standard_normal(8000)), "w": rng.standard_normal(20)}
alone = fr.compile(roots, "jax")(**data)
spread = fr.compile(roots, "jax", shardings={"X": rows, "y": rows})
for a, b in zip(spread(**data), alone):
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-12)
whole = sum(a.nbytes for a in data.values())
print(spread.memory_per_device(**data) / whole)
"""


def test_eight_devices_give_the_result_of_one():
    environment = os.environ | {
        "XLA_FLAGS": "--xla_force_host_platform_device_count=8",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(Path(fr.__file__).parents[1]),
    }
    run = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr[-2000:]
    assert float(run.stdout) < 0.25


def test_shardings_name_symbols_and_are_for_jax():
    x = fr.vector("x", "n")
    with pytest.raises(fr.FrechetError, match="z is sharded and does not occur"):
        x.compile("jax", shardings={"z": None})
    with pytest.raises(fr.FrechetError, match="arrays are sharded by JAX"):
        x.compile(shardings={"x": None})


def test_sharded_functions_take_plain_arrays():
    x = fr.vector("x", "n")
    where = jax.sharding.SingleDeviceSharding(jax.devices()[0])
    g = fr.sum(x).compile("jax", shardings={"x": where})
    assert np.isclose(g(x=np.arange(4.0)), 6)
