"""Grade notebook assignments that are hostile, noisy and expensive.

Everything in this package runs on the trusted side, except what stands in
`autograder.execution.kernel_side`, which is sent into the student's kernel as text.
"""

__version__ = "0.1.0"
