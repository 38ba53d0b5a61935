"""Names for the things that are identified by a string, so that a type checker tells them apart."""

from __future__ import annotations

from typing import NewType

AssignmentId = NewType("AssignmentId", str)
CheckId = NewType("CheckId", str)
CheckpointId = NewType("CheckpointId", str)
RuleId = NewType("RuleId", str)
StudentId = NewType("StudentId", str)
SubmissionId = NewType("SubmissionId", str)

END_OF_RUN = CheckpointId("end")
"""The checkpoint every run has: after the last cell of the last notebook, the kernel still alive."""
