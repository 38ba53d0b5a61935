"""What the fork server of a batch runs and imports, by name: naming it costs the batch itself nothing.

Nothing is imported here.
"""

from __future__ import annotations

FUNCTION = "autograder.app.worker:grade_job"

PRELOADED = (
    "autograder.app.lean",
    "autograder.app.worker",
    "autograder.app.warm",
    "autograder.assets.padding",
    "autograder.assets.view",
    "autograder.authoring.release",
    "autograder.config.reference_time",
    "autograder.execution.runner",
    "autograder.guidelines.engine",
    "autograder.reporting.html",
    "autograder.sandbox.docker.backend",
    "autograder.sandbox.registry",
    "docker",
    "encodings.idna",
    "nbclient",
    "numpy",
    "tomlkit",
)
"""Imported once by the fork server: a worker that is forked from it starts within milliseconds."""
