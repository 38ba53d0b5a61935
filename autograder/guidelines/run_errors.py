"""What an error of a run says about its cause: the network, something of ours, a package that is missing.

What a kernel says about an error is a claim. Only names and words are looked at here.
"""

from __future__ import annotations

from typing import Final

from autograder.guidelines.rules import shortcuts
from autograder.model.execution import CellRecord

_NETWORK_ERRORS: Final = frozenset(
    {
        "ConnectionError", "ConnectTimeout", "MaxRetryError", "NewConnectionError", "URLError", "gaierror",
        "ProxyError", "OfflineModeIsEnabled", "LocalEntryNotFoundError", "ReadTimeout", "NameResolutionError",
        "SSLError",
    }
)  # fmt: skip
_NETWORK_WORDS: Final = (
    "couldn't connect to", "could not connect to", "name resolution", "network is unreachable",
    "offline mode", "cannot find the requested files in the local cache", "couldn't reach",
    "failed to resolve", "temporary failure in name", "connection refused", "max retries exceeded",
    "no such host", "name or service not known", "getaddrinfo failed", "nodename nor servname",
    "connection aborted", "remote end closed", "connection reset", "connection timed out",
    "errno 110]", "errno 101]", "errno 113]", "read timed out",
)  # fmt: skip
_FETCHERS: Final = (
    "'pip'",
    "pip install",
    "pip3 install",
    "'wget'",
    "wget ",
    "'curl'",
    "curl ",
    "'git', 'clone'",
    "git clone",
)
_OWN: Final = ("unexpected keyword argument", "required positional argument", "positional arguments but")
_PUBLISHED: Final = tuple(str(rows - less) for rows in (2264, 3453, 4217, 4846) for less in (0, 1))
"""The last rows of the published data set, which the sandbox holds back some of."""


def shown(record: CellRecord) -> str:
    """Return an error as one line."""
    value = record.error_value
    return f"{record.error_name}: {short(value)}" if value else record.error_name


def is_network(record: CellRecord) -> bool:
    """Whether an error comes from the network that is not there."""
    lowered = record.error_value.lower()
    if "localhost" in lowered or "127.0.0.1" in lowered:
        return False  # a server on the student's own machine
    name = record.error_name.rpartition(".")[2]
    if name == "CalledProcessError":
        return any(word in record.error_value for word in _FETCHERS)
    reached = name in _NETWORK_ERRORS or name.endswith(("APIConnectionError", "HTTPError"))
    return reached or any(word in lowered for word in _NETWORK_WORDS)


def is_own(record: CellRecord) -> bool:
    """Whether an error comes from the cell itself, whatever failed before it."""
    if record.error_name in ("SyntaxError", "IndentationError", "TabError"):
        return True
    return record.error_name == "TypeError" and any(word in record.error_value for word in _OWN)


def ours(record: CellRecord) -> str:
    """Return in words why an error is no fault of the notebook: withheld rows, a missing device."""
    lowered = record.error_value.lower()
    if "out of range for dataset of size" in lowered:
        return "Some rows of the data set are withheld here."
    if record.error_name == "IndexError" and any(f" {rows} " in f"{lowered} " for rows in _PUBLISHED):
        return "Some rows of the data set are withheld here."
    devices = ("device:gpu", "device:tpu", "/gpu:0")
    if any(device in lowered for device in devices) and record.error_name != "ModuleNotFoundError":
        return "The device it names is not there."
    return ""


def missing_module(record: CellRecord) -> str:
    """Return the module an import did not find, or ""."""
    if record.error_name not in ("ModuleNotFoundError", "ImportError", "PackageNotFoundError"):
        return ""
    _, found, rest = record.error_value.partition("No module named ")
    if found:
        return rest.strip().split()[0].strip("'\"") if rest.strip() else ""
    lowered = record.error_value.lower()
    if "pytorch" in lowered and ("not found" in lowered or "requires" in lowered):
        return "torch"
    return next(
        (
            name
            for name in sorted(shortcuts.PACKAGES)
            if f"`{name}" in lowered or f"install {name}" in lowered
        ),
        "",
    )


def short(text: str) -> str:
    """Return the first line of a text, cut."""
    line = text.strip().splitlines()[0] if text.strip() else ""
    return line if len(line) <= 200 else line[:197] + "..."
