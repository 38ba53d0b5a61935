"""The Docker sandbox: one container a submission, gone when its block ends, and swept if we were killed.

What keeps a student's code in is `options.container_options`. Containers of other machines and of living
processes are never touched.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from autograder.errors import SandboxUnavailable
from autograder.sandbox.docker.engine import Engine, translated
from autograder.sandbox.docker.labels import HOST, RUN, owner_is_gone, this_process
from autograder.sandbox.docker.leash import let_go, make_leash
from autograder.sandbox.docker.options import CONNECTIONS, UNPRIVILEGED, container_options
from autograder.sandbox.docker.session import DockerSession
from autograder.sandbox.folders import RunFolder, sweep_folders
from autograder.sandbox.protocol import SandboxRequest, run_mark


class DockerSandbox:
    """Kernels in containers. One value may be used for many runs, also after a fork."""

    name = "docker"

    def __init__(self) -> None:
        self.engine = Engine()

    def image_digest(self, image: str) -> str:
        """Return the image's content digest. Raises `EngineMissing` or `ImageMissing`."""
        return self.engine.digest(image)

    @contextlib.contextmanager
    def open(self, request: SandboxRequest) -> Iterator[DockerSession]:
        """Start a container and remove it when the block ends, whatever happened in it."""
        refuse_the_students_own_user()
        # By digest: what runs is what `image_digest` told, even if another image got its name meanwhile.
        request = replace(request, image=self.image_digest(request.image))
        name = f"nbverdict-{secrets.token_hex(8)}"
        # By name, since an interrupt may come between the engine's work and its answer.
        with RunFolder() as folder, removed(self.engine, name, folder):
            make_leash(folder.connections)
            incoming = None
            if request.files or request.links:
                folder.stage(request.files, request.links)
                incoming = folder.incoming
            options = container_options(
                request,
                name=name,
                labels=this_process().labels(request.run_key),
                connections=folder.connections,
                incoming=incoming,
            )
            with translated(request.image):
                container = self.engine.client.containers.create(**options)
                container.start()
            session = DockerSession(self.engine, str(container.id), folder, request)
            try:
                yield session
            finally:
                session.close()

    def remove_run(self, run_key: str) -> int:
        """Remove the containers of one run, whoever started them, and abandoned folders; return how many."""
        removed = self._remove({RUN: run_mark(run_key)}, lambda _: True)
        sweep_folders()
        return removed

    def sweep(self) -> int:
        """Remove containers and folders whose owner is gone; return how many containers.

        One that cannot be removed now is left to the next sweep.
        """
        here = this_process()
        removed = self._remove(
            {HOST: here.host}, lambda labels: owner_is_gone(labels, here), left=(SandboxUnavailable,)
        )
        sweep_folders()
        return removed

    def _remove(
        self,
        wanted: dict[str, str],
        condition: Callable[[dict[str, str]], bool],
        left: tuple[type[Exception], ...] = (),
    ) -> int:
        filters = {"label": [f"{key}={value}" for key, value in wanted.items()]}
        with translated():
            found = self.engine.client.api.containers(all=True, filters=filters)
        gone = {container["Id"]: container for container in found if condition(container["Labels"] or {})}
        removed = 0
        for container, known in gone.items():
            for mount in known.get("Mounts", ()):
                if mount.get("Destination") == str(CONNECTIONS):
                    let_go(Path(mount["Source"]))
            with contextlib.suppress(*left):
                self.engine.remove(container)
                removed += 1
        return removed


@contextlib.contextmanager
def removed(engine: Engine, container: str, folder: RunFolder) -> Iterator[None]:
    """Remove the container at the end of the block, whether it was ever made or not."""
    try:
        yield
    finally:
        let_go(folder.connections)
        engine.remove(container)


def refuse_the_students_own_user() -> None:
    """Raise `SandboxUnavailable` if we are the user that student code is inside: it could undo our locks."""
    if str(os.getuid()) in UNPRIVILEGED.split(":"):
        raise SandboxUnavailable(
            f"the grader must not run as user {os.getuid()}: student code runs as that user in the sandbox",
            hint="Run it as a user of its own.",
        )
