"""Open a sandbox for a submission and run it there.

The runner puts the submission's own files into the work folder and leaves everything else of the request as
it came: images, mounts and environment are decided by whoever made it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePosixPath

from autograder.execution.prepare import Prepared, PreparedNotebook
from autograder.execution.run import Progress, Run
from autograder.model.assignment import Assignment
from autograder.model.submission import Submission
from autograder.model.surroundings import placed, submission_folder
from autograder.sandbox.protocol import Sandbox, SandboxRequest


class Runner:
    """Runs submissions, one after the other. It keeps nothing between two runs."""

    @contextmanager
    def open_run(
        self,
        submission: Submission,
        prepared: tuple[PreparedNotebook, ...] | Prepared,
        assignment: Assignment,
        sandbox: Sandbox,
        request: SandboxRequest,
        *,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> Iterator[Run]:
        """Open the sandbox and give the run in it; everything inside is gone when the block ends.

        Files of the submission come after those of the request, which keep their place: a student's file
        never replaces one of ours, nor a folder that one of ours is in.

        Raises:
            SandboxUnavailable: the sandbox or its image cannot be had; nothing ran.

        """
        if not isinstance(prepared, Prepared):
            prepared = Prepared(notebooks=prepared)
        digest = sandbox.image_digest(request.image)
        with sandbox.open(_with_files(request, submission, assignment)) as session:
            run = Run(
                session,
                prepared,
                assignment,
                sandbox=sandbox.name,
                image_digest=digest,
                on_progress=on_progress,
            )
            try:
                yield run
            finally:
                run.close()


def _with_files(request: SandboxRequest, submission: Submission, assignment: Assignment) -> SandboxRequest:
    """Add the submission's files and its notebooks, which may run one another, and what lies above these."""
    root = submission_folder(assignment.course_files)
    files = dict(request.files)
    above = [name for name in assignment.course_files if name.startswith("../")]
    notebooks = {PurePosixPath(name): text.encode() for name, text in submission.notebooks.items()}
    notebooks = {
        path: text for path, text in notebooks.items() if not path.is_absolute() and ".." not in path.parts
    }
    for beside in dict.fromkeys(path.parent for path in notebooks):
        for name in above:
            if (content := files.get(placed(name, root))) is not None:
                files.setdefault(placed(name, root / beside), content)
    taken = set(files)
    folders = {folder for path in taken for folder in path.parents}
    own = (*((PurePosixPath(file.path), file.content) for file in submission.files), *notebooks.items())
    free = [
        (root / path, data)
        for path, data in own
        if root / path not in taken and root / path not in folders and taken.isdisjoint((root / path).parents)
    ]
    return replace(request, files=(*files.items(), *free))
