"""What every backend promises, as functions; `autograder.sandbox.conformance` collects them."""
