"""Frozen values that the steps of the flow hand to each other. No input or output happens here."""
