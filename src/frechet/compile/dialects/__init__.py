"""The languages that programs are written in: how each spells the kernels of the schedule and the operations of the table.

`functions/` holds the functions that Julia and MATLAB programs carry, in their own languages.
"""
