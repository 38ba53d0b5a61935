"""Find out whether this machine can run sandboxes, and say what to do where it cannot.

Every diagnosis is made by trying: a hardened container is started, a kernel is asked, attacks are refused,
and on request a GPU multiplies matrices. Nothing here changes the machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any

from autograder.errors import GpuMissing, GraderError
from autograder.model.assignment import GIB, Limits
from autograder.sandbox.promises import limits, running, walls
from autograder.sandbox.promises.bench import Bench, Talk
from autograder.sandbox.protocol import GpuRequest, Sandbox, SandboxRequest
from autograder.sandbox.registry import find

GPU_SECONDS = 180.0
LARGEST_DIFFERENCE = 1e-2

# The product is compared with the processor's; its size is for the 10-bit mantissa of TensorFloat-32.
MULTIPLY = """
import json, os, time
import tensorflow as tf
gpus = tf.config.list_physical_devices("GPU")
growth = os.environ.get("TF_FORCE_GPU_ALLOW_GROWTH", "")
found = {"tensorflow": tf.__version__, "gpus": len(gpus), "growth": growth}
if gpus:
    found["name"] = str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "unknown"))
    a = tf.random.stateless_uniform((2048, 2048), seed=(1, 2))
    with tf.device("/CPU:0"): expected = tf.matmul(a, a)
    with tf.device("/GPU:0"):
        tf.matmul(a, a); started = time.perf_counter()
        product = tf.matmul(a, a); product.numpy()
    found["seconds"] = time.perf_counter() - started
    found["difference"] = float(tf.reduce_max(tf.abs(product - expected) / tf.abs(expected)))
    found["bytes"] = int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
print("found:" + json.dumps(found))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that was tried. `hint` says what to do when it is not `ok`."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


def diagnose(sandbox: str = "docker", *, image: str, gpu: GpuRequest | None = None) -> tuple[Diagnosis, ...]:
    """Try this machine's sandbox of that name; with a GPU request, prove the GPU as well."""
    return tuple(diagnoses(sandbox, image=image, gpu=gpu))


def diagnoses(sandbox: str = "docker", *, image: str, gpu: GpuRequest | None = None) -> Iterator[Diagnosis]:
    """Give one diagnosis after the other as they are made; stop where nothing further can be tried."""
    try:
        backend = find(sandbox)
    except GraderError as error:
        yield _failed("sandbox", error)
        return
    steps: list[Callable[[], Diagnosis]] = [*_engine_steps(backend, image), lambda: _kernel(backend, image)]
    for step in steps:
        result = step()
        yield result
        if not result.ok:
            return
    if sandbox == "docker":
        for name, promise in (
            ("no network", walls.there_is_no_network),
            ("no privileges", walls.code_has_no_privileges),
            ("no host files", walls.the_hosts_files_are_not_there),
            ("memory limit", limits.memory_that_runs_out_is_named),
            ("nothing survives", running.stopping_leaves_no_process),
        ):
            yield _kept(name, promise, backend, image)
    if gpu is not None:
        yield _gpu(backend, image, gpu)


def _engine_steps(backend: Sandbox, image: str) -> list[Callable[[], Diagnosis]]:
    if backend.name != "docker":
        return [
            lambda: Diagnosis(
                name="protection", ok=True, detail="NONE: this sandbox protects from nothing", hint=""
            )
        ]
    from autograder.sandbox.docker.backend import DockerSandbox

    assert isinstance(backend, DockerSandbox)
    return [lambda: _engine(backend), lambda: _limits(backend), lambda: _image(backend, image)]


def _engine(backend: Sandbox) -> Diagnosis:
    info = _info(backend)
    if isinstance(info, GraderError):
        return _failed("engine", info)
    filters = [option for option in info.get("SecurityOptions") or [] if "seccomp" in option]
    detail = f"Docker {info.get('ServerVersion')}, cgroup v{info.get('CgroupVersion', '1')}"
    if not filters:
        hint = "Use an engine with seccomp: student code must not have every system call."
        return Diagnosis(name="engine", ok=False, detail=f"{detail}, without a system-call filter", hint=hint)
    return Diagnosis(name="engine", ok=True, detail=detail)


def _limits(backend: Sandbox) -> Diagnosis:
    info = _info(backend)
    if isinstance(info, GraderError):
        return _failed("limits", info)
    kinds = {
        "MemoryLimit": "memory",
        "SwapLimit": "swap",
        "PidsLimit": "processes",
        "CpuCfsQuota": "processors",
    }
    missing = [name for key, name in kinds.items() if not info.get(key)]
    if missing:
        hint = "Enable these cgroup controllers (Debian: boot with cgroup_enable=memory swapaccount=1)."
        return Diagnosis(name="limits", ok=False, detail=f"no limit on: {', '.join(missing)}", hint=hint)
    return Diagnosis(name="limits", ok=True, detail="memory, swap, processes and processors can be limited")


def _image(backend: Sandbox, image: str) -> Diagnosis:
    try:
        digest = backend.image_digest(image)
    except GraderError as error:
        return _failed("image", error)
    return Diagnosis(name="image", ok=True, detail=f"{image} is {digest[:19]}")


def _kernel(backend: Sandbox, image: str) -> Diagnosis:
    started = monotonic()
    try:
        with Bench(sandbox=backend, image=image).talk() as talk:
            said = talk.cell("print(6 * 7)")
    except (GraderError, AssertionError) as error:
        return _failed("kernel", error)
    if said.text != "42\n":
        return Diagnosis(
            name="kernel", ok=False, detail=f"6 * 7 was {said.text!r}", hint="Build the image again."
        )
    return Diagnosis(
        name="kernel", ok=True, detail=f"started, answered and gone in {monotonic() - started:.1f} s"
    )


def _kept(name: str, promise: Callable[[Bench], None], backend: Sandbox, image: str) -> Diagnosis:
    try:
        promise(Bench(sandbox=backend, image=image))
    except (GraderError, AssertionError) as error:
        return _failed(name, error)
    return Diagnosis(name=name, ok=True, detail=(promise.__doc__ or "").splitlines()[0])


def _gpu(backend: Sandbox, image: str, gpu: GpuRequest) -> Diagnosis:
    request = SandboxRequest(image=image, run_key="doctor", limits=Limits(memory_bytes=12 * GIB), gpu=gpu)
    try:
        with backend.open(request) as session, Talk(session, session.start_kernel()) as talk:
            said = talk.cell(MULTIPLY, seconds=GPU_SECONDS)
    except (GraderError, AssertionError) as error:
        return _failed("gpu", error)
    return judge_gpu(said.text, said.error or said.status)


def judge_gpu(printed: str, ended: str) -> Diagnosis:
    """Judge what the multiplication printed inside the sandbox."""
    marked = [line.removeprefix("found:") for line in printed.splitlines() if line.startswith("found:")]
    if not marked:
        hint = "The image needs TensorFlow: build the GPU image and name it in autograder.toml."
        return Diagnosis(name="gpu", ok=False, detail=f"TensorFlow did not run: {ended}", hint=hint)
    found = json.loads(marked[-1])
    if not found["gpus"]:
        hint = "The image's TensorFlow needs CUDA: build the GPU image and name it in autograder.toml."
        return Diagnosis(name="gpu", ok=False, detail="TensorFlow sees no GPU in the sandbox", hint=hint)
    detail = (
        f"{found['name']}, TensorFlow {found['tensorflow']}, {found['seconds'] * 1000:.1f} ms for "
        f"2048 x 2048, {found['bytes'] / 2**20:.0f} MiB in use"
    )
    if not found["difference"] < LARGEST_DIFFERENCE:
        hint = "The GPU computes wrong results: check the driver and the card."
        return Diagnosis(
            name="gpu", ok=False, detail=f"{detail}; off by {found['difference']:.2g}", hint=hint
        )
    if found["growth"] != "true":
        return Diagnosis(name="gpu", ok=False, detail=f"{detail}; memory growth is off", hint="Report this.")
    return Diagnosis(name="gpu", ok=True, detail=detail)


def _info(backend: Sandbox) -> dict[str, Any] | GraderError:
    from autograder.sandbox.docker.backend import DockerSandbox

    assert isinstance(backend, DockerSandbox)
    try:
        return backend.engine.info()
    except GraderError as error:
        return error


def _failed(name: str, error: Exception) -> Diagnosis:
    hint = error.hint if isinstance(error, GraderError) and not isinstance(error, GpuMissing) else ""
    if isinstance(error, GpuMissing):
        hint = "Install the NVIDIA container toolkit, restart Docker, and check `gpu` in autograder.toml."
    if isinstance(error, AssertionError):
        hint = "Do not grade on this machine before this is understood."
    return Diagnosis(name=name, ok=False, detail=str(error), hint=hint)
