"""What can go wrong on our side. A student's mistake is an outcome, never one of these.

GraderError
├── UsageError              the command or its arguments cannot be used          exit 2
│   ├── ConfigError         assignment.toml or autograder.toml is wrong
│   └── UnknownPlugin       no plug-in of that name
├── AuthoringError          a source notebook cannot be released
├── AssetMissing            a model or data set is not in the store
├── AssetCorrupt            bytes in the store differ from their digest
├── SandboxUnavailable      the sandbox did not start, or died
│   ├── EngineMissing       no Docker engine answers
│   ├── ImageMissing        the sandbox image is not there
│   └── GpuMissing          a GPU is required and there is none
├── GraderFailed            our own code or a check file failed
├── GradebookError          the gradebook cannot be read or written
└── StorageFull             the disk is full while writing results
"""

from __future__ import annotations


class GraderError(Exception):
    """Something staff can act on. `hint` says what to do next; `exit_code` is the command's."""

    exit_code: int = 1
    hint: str = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint


class UsageError(GraderError):
    """The command or its arguments cannot be used as given. Nothing was done."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration file is wrong. The message names the file, the key and the line."""

    hint = "Correct the file and run the command again."


class UnknownPlugin(UsageError):
    """No plug-in of that name is built in or installed."""


class AuthoringError(GraderError):
    """A source notebook cannot be released or verified. No release was written."""

    hint = "Correct the source notebook; nothing was released."


class AssetMissing(GraderError):
    """A model or data set is not in the asset store. No run was started."""

    hint = "Add it with `autograder assets add`."


class AssetCorrupt(GraderError):
    """Bytes in the asset store differ from their digest. Nothing was run with them."""

    hint = "Run `autograder assets verify`, then add the asset again."


class SandboxUnavailable(GraderError):
    """The sandbox did not start, or died. Nothing is known about the submission."""

    hint = "Try `autograder doctor`."


class EngineMissing(SandboxUnavailable):
    """No Docker engine answers on this machine."""

    hint = "Start Docker and try `autograder doctor`."


class ImageMissing(SandboxUnavailable):
    """The sandbox image is not on this machine."""

    hint = "Build it with `make image`."


class GpuMissing(SandboxUnavailable):
    """The assignment requires a GPU and this machine offers none."""

    hint = "Run `autograder doctor --gpu` to see what is missing."


class GraderFailed(GraderError):
    """Our own code or a check file failed. The submission is not to blame and has no score."""

    hint = "Correct the check and run `autograder rejudge`; the evidence is kept."


class GradebookError(GraderError):
    """The gradebook cannot be read or written. What was acknowledged before is still there."""


class StorageFull(GraderError):
    """The disk is full. Finished results are kept."""

    hint = "Free some space and run the same command again; it goes on where it stopped."
