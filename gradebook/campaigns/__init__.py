"""Regrade campaigns: gradings that are prepared, compared and then count all together, or not at all."""
