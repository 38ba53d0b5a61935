"""Assignments, notebooks and results of nbgrader, otter and Gradescope, turned into ours and back."""
