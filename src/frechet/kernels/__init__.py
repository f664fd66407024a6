"""The numeric bodies of operations, one file a family: plain NumPy and SciPy, arrays in, arrays out, no expressions.

Arrays have NumPy's shapes: a number is (), a vector (n,), a matrix (m, n). Evaluation calls these functions, and the NumPy
target prints their text as it stands, with the functions and constants that they use: so a kernel has no annotations, and
takes from this package only functions and plain constants. No function keeps anything between calls.
"""
