"""JAX and PyTorch: operations of the table by the libraries' own functions, called by interop and printed in generated code.

words_jax, words_torch   what the two libraries spell differently: branches, loops, factors, triangular solves
words                    these by the library that is given, for frechet itself; generated code carries those of its library
functions                everything else, once for both
operations               which operation of the table is which function
"""
