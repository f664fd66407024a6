"""Computational graphs as pictures: nodes with operations and sizes, edges with local derivatives, both sweeps in numbers.

parts        vertices and edges
model        the graph that shows itself
words        rules of array primitives as text
of_code      the graph of a traced function at numbers
of_formula   the graph of an expression, with numbers or without
layout       where boxes stand: layers, few crossings, straight edges
drawing      SVG
graphs       fr.graph
"""
