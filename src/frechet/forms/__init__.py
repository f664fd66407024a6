"""Exterior calculus on charts, and the Jacobians of matrix transformations.

algebra      sums over sets of indices: wedge products and their signs
reading, writing, vanishing     coefficients and forms from text and back; the test for zero at random points
form, charts, fields, metrics   forms; charts, vector fields, maps; Lie derivatives; star, codiff, laplace
potentials, chains, matrices    Poincaré's lemma; integrals and Stokes; Maurer-Cartan, connection, curvature
matrix_forms forms in the matrix language: inv(X)*dX, wedge products, d, at any size
symplectic   Hamiltonian fields, Poisson brackets

scalars, factors, relations     real, complex, quaternion entries; kinds of factors, their frames and measures; bound constants
transformation, differences     equations with moving factors at numbers: the determinant by rules, and by differences
letters, canonical_point, weights, products, entries, quotients     the operator where all is diagonal, its blocks, the closed formula
preimages, explicit             how often a value is taken; size 2 entry by entry
compositions                   a factor within one expression: the product of two Jacobians
asked, jacobians, claims, diagnosis   `jacobian_of`, `check_jacobian`, what a wrong claim is off by; table the generated table
claim_text, spelling           formulas as people write them, LaTeX too
function_maps, functions, recorded, explicit_functions    Jacobians of Python functions: by their record, at numbers and in letters
powers       their determinants at every size, where they are products of powers of entries
bounded      SymPy within a number of steps
form_claims  `check_form`: a form compared with a claim
volumes, spectra      total volumes, joint densities of eigenvalues
ensembles, wisharts, antisymmetric, densities       random matrices
flows                           `change_of_variables`: log-densities as expressions
"""

from __future__ import annotations

from importlib.util import find_spec

from frechet.errors import MissingLibraryError

if find_spec("sympy") is None:
    raise MissingLibraryError("frechet.forms", "sympy", "forms")

from frechet.forms.asked import jacobian_of
from frechet.forms.chains import Approximate, Chain, chain, integrate, stokes
from frechet.forms.charts import Chart, Field, Map, chart
from frechet.forms.claims import JacobianVerdict, check_jacobian
from frechet.forms.densities import Density, density
from frechet.forms.fields import bracket, interior, lie
from frechet.forms.flows import Flow, change_of_variables
from frechet.forms.form import Form, wedge
from frechet.forms.form_claims import FormVerdict, check_form
from frechet.forms.jacobians import Jacobian
from frechet.forms.matrices import FormMatrix, connection, curvature, differential, maurer_cartan
from frechet.forms.matrix_forms import MatrixForm, matrix_form
from frechet.forms.metrics import codiff, divergence, flat, inner, laplace, sharp, star, vol
from frechet.forms.potentials import homotopy, potential
from frechet.forms.spectra import SpectralFamily
from frechet.forms.symplectic import hamiltonian_field, poisson_bracket
from frechet.forms.table import table
from frechet.forms.volumes import VolumeForm, volume_form

__all__ = [
    "Approximate", "Chain", "Chart", "Density", "Field", "Flow", "Form", "FormMatrix", "FormVerdict", "Jacobian", "JacobianVerdict",
    "Map", "MatrixForm", "SpectralFamily", "VolumeForm", "bracket", "chain", "change_of_variables", "chart", "check_form", "check_jacobian", "codiff",
    "connection", "curvature", "density", "differential", "divergence", "flat", "hamiltonian_field", "homotopy", "inner", "integrate",
    "interior", "jacobian_of", "laplace", "lie", "matrix_form", "maurer_cartan", "poisson_bracket", "potential", "sharp", "star", "stokes", "table",
    "vol", "volume_form", "wedge",
]  # fmt: skip
