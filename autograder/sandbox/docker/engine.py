"""Talk to the Docker engine: errors become ours, and no answer may take for ever or fill the memory.

The SDK's own way to run a command waits without end and keeps all output; `run` here has a deadline and a
budget. What it does not do: judge what a command printed.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from autograder.errors import EngineMissing, GpuMissing, ImageMissing, SandboxUnavailable
from autograder.sandbox.docker.options import command_exec
from autograder.sandbox.gpu import missing_from_engine

if TYPE_CHECKING:
    import docker

ANSWER_SECONDS = 60
COMMAND_ANSWER_SECONDS = 10
"""A command that a student's process stops as it starts would hold the engine's answer back for ever."""

HEADER_BYTES = 8
STDOUT = 1
COMMAND_BYTES = 64 * 1024


class NothingThere(SandboxUnavailable):
    """The container or command that was asked about does not exist any more."""


class EngineSlow(SandboxUnavailable):
    """The engine did not answer in time."""


class CommandFailed(Exception):
    """A command inside did not finish within its deadline or budget, or could not be started."""


class ContainerGone(CommandFailed):
    """There is no such container any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a command inside printed, and its exit status."""

    code: int
    output: bytes


class Engine:
    """One connection to the engine, made when first needed and again after a fork."""

    def __init__(self) -> None:
        self._client: docker.DockerClient | None = None
        self._commander: docker.APIClient | None = None
        self._process = 0
        self._digests: dict[str, str] = {}

    @property
    def client(self) -> docker.DockerClient:
        """The SDK's client. Raises `EngineMissing` if no engine answers."""
        if self._client is None or self._process != os.getpid():
            import docker

            try:
                self._client = docker.from_env(timeout=ANSWER_SECONDS)
            except docker.errors.DockerException as error:
                raise EngineMissing(f"no Docker engine answers: {error}") from error
            self._process = os.getpid()
            self._commander = None
        return self._client

    @property
    def commander(self) -> docker.APIClient:
        """The same engine, waited for less long: for commands inside, which student code may hold up."""
        patient = self.client
        if self._commander is None:
            import docker

            known = patient.api.api_version
            self._commander = docker.from_env(timeout=COMMAND_ANSWER_SECONDS, version=known).api
        return self._commander

    def digest(self, image: str) -> str:
        """Return the image's content digest, asked for once. Raises `ImageMissing`.

        Raises `SandboxUnavailable` for an image that declares volumes: Docker would give each container a
        folder on the host's disk for them, writable and without a limit.
        """
        if image not in self._digests:
            with translated(image):
                found = self.client.images.get(image)
            if volumes := (found.attrs.get("Config") or {}).get("Volumes"):
                raise SandboxUnavailable(
                    f"the image {image} declares volumes, and no limit would hold for them: "
                    + ", ".join(volumes),
                    hint="Build the image without VOLUME.",
                )
            self._digests[image] = str(found.id)
        return self._digests[image]

    def info(self) -> dict[str, Any]:
        """Return what the engine says about itself and this machine."""
        with translated():
            return dict(self.client.info())

    def exec_started(self, container: str, arguments: dict[str, Any]) -> str:
        """Start a command inside without waiting for it; return the exec's id."""
        with translated():
            exec_id = str(self.client.api.exec_create(container, **arguments)["Id"])
            self.client.api.exec_start(exec_id, detach=True)
        return exec_id

    def exec_code(self, exec_id: str) -> int | None:
        """Return a command's exit status, or None while it runs. Raises `CommandFailed` if it is gone."""
        try:
            with translated():
                state = self.commander.exec_inspect(exec_id)
        except NothingThere as error:
            raise ContainerGone("the container is gone") from error
        if state["Running"] or state["ExitCode"] is None:
            return None
        return int(state["ExitCode"])

    def run(
        self, container: str, command: list[str], *, seconds: float, at_most: int = COMMAND_BYTES
    ) -> Finished:
        """Run a command inside as the student's user and return what it printed on stdout.

        Raises `CommandFailed` when it cannot start, when `seconds` have passed, or as soon as it has printed
        more than `at_most` bytes. It may go on running then: only the end of the container ends it surely.
        """
        deadline = monotonic() + seconds
        with failed_command():
            exec_id = str(self.commander.exec_create(container, **command_exec(command))["Id"])
            stream = self.commander.exec_start(exec_id, socket=True)
        try:
            output = read_stdout(stream, deadline=deadline, at_most=at_most)
        finally:
            close_stream(stream)
        while (code := self.exec_code(exec_id)) is None:
            if monotonic() > deadline:
                raise CommandFailed(f"{command[0]} did not end within {seconds:g} seconds")
            sleep(0.002)
        return Finished(code=code, output=output)

    def state(self, container: str) -> dict[str, Any]:
        """Return the engine's word on a container's state; empty if there is no such container."""
        try:
            with translated():
                return dict(self.client.containers.get(container).attrs["State"])
        except NothingThere:
            return {}

    def remove(self, container: str) -> None:
        """Remove a container with everything in it; nothing happens if it is not there.

        Raises `SandboxUnavailable` if the engine refuses or does not answer in time.
        """
        import docker
        import requests

        try:
            self.client.api.remove_container(container, force=True, v=True)
        except docker.errors.NotFound:
            return
        except docker.errors.APIError as error:
            if error.status_code != 409:  # 409: it is being removed already
                raise SandboxUnavailable(f"a container cannot be removed: {error.explanation}") from error
        except requests.exceptions.RequestException as error:
            raise SandboxUnavailable(f"a container is not removed yet: {type(error).__name__}") from error


def read_stdout(stream: Any, *, deadline: float, at_most: int) -> bytes:
    """Read the engine's multiplexed stream to its end and return what came on stdout.

    Raises `CommandFailed` at the deadline or beyond `at_most` bytes.
    """
    connection: socket.socket = getattr(stream, "_sock", stream)
    buffer = bytearray()
    output = bytearray()
    while True:
        while len(buffer) >= HEADER_BYTES:
            length = int.from_bytes(buffer[4:HEADER_BYTES], "big")
            if length > at_most:
                raise CommandFailed(f"more than {at_most} bytes")
            if len(buffer) < HEADER_BYTES + length:
                break
            if buffer[0] == STDOUT:
                output += buffer[HEADER_BYTES : HEADER_BYTES + length]
            del buffer[: HEADER_BYTES + length]
        if len(output) + len(buffer) > at_most + HEADER_BYTES:
            raise CommandFailed(f"more than {at_most} bytes")
        left = deadline - monotonic()
        if left <= 0:
            raise CommandFailed("the deadline has passed")
        connection.settimeout(left)
        try:
            piece = connection.recv(256 * 1024)
        except TimeoutError as error:
            raise CommandFailed("the deadline has passed") from error
        except OSError as error:
            raise CommandFailed(f"the connection broke: {error.strerror}") from error
        if not piece:
            return bytes(output)
        buffer += piece


def close_stream(stream: Any) -> None:
    """Close a stream of the SDK with the HTTP response it belongs to."""
    with contextlib.suppress(OSError, AttributeError):
        stream._response.close()
    with contextlib.suppress(OSError):
        stream.close()


@contextlib.contextmanager
def failed_command() -> Iterator[None]:
    """Turn the engine's refusal to run a command into `CommandFailed`."""
    import docker
    import requests

    try:
        yield
    except docker.errors.NotFound as error:
        raise ContainerGone(str(error.explanation)) from error
    except docker.errors.APIError as error:
        raise CommandFailed(str(error.explanation)) from error
    except requests.exceptions.RequestException as error:
        raise CommandFailed(f"the engine does not answer: {type(error).__name__}") from error


@contextlib.contextmanager
def translated(image: str = "") -> Iterator[None]:
    """Turn the SDK's errors into ours."""
    import docker
    import requests

    try:
        yield
    except docker.errors.ImageNotFound as error:
        raise ImageMissing(f"there is no image {image!r} on this machine") from error
    except docker.errors.NotFound as error:
        raise NothingThere(f"Docker does not find it any more: {error.explanation}") from error
    except docker.errors.APIError as error:
        explanation = str(error.explanation)
        if missing_from_engine(explanation):
            raise GpuMissing(f"Docker cannot hand out the GPU that was asked for: {explanation}") from error
        raise SandboxUnavailable(f"Docker refused: {explanation}") from error
    except requests.exceptions.ConnectionError as error:
        raise EngineMissing("the Docker engine does not answer any more") from error
    except requests.exceptions.RequestException as error:
        raise EngineSlow(f"the Docker engine is too slow: {type(error).__name__}") from error
