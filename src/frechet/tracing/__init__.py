"""Plain NumPy functions as array programs: traced, differentiated in both modes.

graph        nodes and primitives; a primitive has a differential, or is linear with an adjoint
primitives/  the primitives, one file a family; elementwise ones and matrix operations take their rules from the table
linear       differential and transposition, by the sweeps of `calculus.sweeps`
tape, array  recording: what stands for an array while a function runs
functions/   what NumPy's, SciPy's and Python's functions mean, in primitives
copying      the copy of a function that runs: nothing escapes through np.array, math.sin, float
sweep        forward and reverse sweeps over a record
compiled_sweep  the reverse sweep of a record as one program
ties         the sweeps through eigh and svd where eigenvalues or singular values coincide
classes, names, refusing  copies of classes; stand-ins for float, type; errors that name the line
black_box    fr.primitive: derivatives that the user gives
scalars      code on a few numbers as a program of Python's floats, with derivatives
declared     the same as operations of the matrix language, for formulas, compiled code, JAX and PyTorch
checkpoints  fr.checkpoint: calls that are run again in the reverse sweep
order/       fr.order: the chain rule as a product, in the order that costs least
picture/     fr.graph: computational graphs as SVG
checking, objectives, formulas  fr.check_gradient, fr.objective, fr.formula
derivatives  gradient, jvp, vjp, jacobian, hessian, hvp, linearize
"""
