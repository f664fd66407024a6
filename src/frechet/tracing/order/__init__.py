"""The chain rule as a product of operators, and the order in which it is multiplied.

batched      kernels of primitives on stacks of arrays: many directions in one sweep
factors      a record as a chain of factors between cuts, with sizes and costs
association  the order that costs least: dynamic programming
accumulate   the Jacobian of a record, by the best order
rows, units  the Jacobian of a square system in one compiled reverse sweep from unit arrays
of_formula   formulas as records
orders       fr.order
"""
