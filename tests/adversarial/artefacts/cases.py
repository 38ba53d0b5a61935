"""Rows H: files and answers that execute when they are loaded. Nobody on the grader's side may load them."""

# ruff: noqa: E501 - attacks are told in long lines
from __future__ import annotations

import base64
import io
import json
import marshal
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.adversarial.harness import MARK, NO_MARKS, Case, Expect, as_bytes, release_notebook, wrong, zip_of

NOTHING = Expect(checks=NO_MARKS)


class Evil:
    """Makes a marked file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return open, (f"/tmp/{MARK}", "w")


def evil_array() -> bytes:
    """An array of objects as `numpy.save` writes it."""
    file = io.BytesIO()
    np.save(file, np.array([Evil()], dtype=object), allow_pickle=True)
    return file.getvalue()


def evil_arrays() -> bytes:
    """The same as `numpy.savez` writes it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("weights.npy", evil_array())
    return file.getvalue()


def evil_keras() -> bytes:
    """A Keras 3 model whose only layer is a Lambda that carries bytecode."""
    code = compile(f"open('/tmp/{MARK}', 'w')", "<lambda>", "eval")
    layer = {
        "module": "keras.layers", "class_name": "Lambda", "registered_name": None,
        "config": {
            "name": "lambda", "arguments": {},
            "function": {
                "class_name": "__lambda__",
                "config": {"code": base64.b64encode(marshal.dumps(code)).decode(), "defaults": None, "closure": None},
            },
        },
    }  # fmt: skip
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "model", "layers": [layer]}}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.8.0"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n" + bytes(512))
    return file.getvalue()


def evil_torch() -> bytes:
    """A PyTorch file: a zip archive around a pickle."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Evil()))
        archive.writestr("archive/version", "3\n")
    return file.getvalue()


PICKLED = pickle.dumps(Evil())
FILES = {
    "model.pkl": PICKLED, "model.pickle": PICKLED, "history.joblib": PICKLED, "predictions.pkl": PICKLED,
    "answers.pkl": pickle.dumps({"predict": Evil(), "count": Evil()}), "count": PICKLED, "predict": PICKLED,
    "weights.npy": evil_array(), "predict.npy": evil_array(), "weights.npz": evil_arrays(), "results.pkl": PICKLED,
    "model.pt": evil_torch(), "pytorch_model.bin": evil_torch(), "checkpoint/model.ckpt.index": PICKLED,
    "__pycache__/lab.cpython-311.pyc": b"\xa7\r\r\n" + bytes(12) + marshal.dumps(compile(f"open('/tmp/{MARK}','w')", "x", "exec")),
    "evidence/execution.json": PICKLED, "execution.json": b'{"schema": 1, "execution": {"outcome": "completed"}}',
}  # fmt: skip
KERAS = {
    "model.keras": evil_keras(), "my_model/saved_model.pb": PICKLED, "my_model/keras_metadata.pb": b"\x0a\xff" + PICKLED,
    "model.h5": b"\x89HDF\r\n\x1a\n" + PICKLED, "weights.safetensors": b"\xff" * 8 + PICKLED,
    "my_model/variables/variables.index": PICKLED, "tokenizer.json": b"{" * 5000, "config.json": PICKLED,
}  # fmt: skip

ANSWERS = rf"""
import numpy as np, pickle
class Evil:
    def __reduce__(self): return (open, ("/tmp/{MARK}", "w"))
    def __reduce_ex__(self, protocol): return self.__reduce__()
    def __getstate__(self): return pickle.dumps(self)
    def __array__(self, *a, **k): return np.array([self], dtype=object)
    def numpy(self): return np.array([self, self], dtype=object)
    def _repr_mimebundle_(self, *a, **k): return {{"application/python-pickle": pickle.dumps(self)}}
def predict(texts): return PREDICT
count = COUNT
display(Evil()); pickle.dump(Evil(), open("answers.pkl", "wb")); np.save("predict.npy", np.array([Evil()], dtype=object))
"""


def answering(predict: str, count: str) -> str:
    """A cell that answers with these expressions."""
    return ANSWERS.replace("PREDICT", predict).replace("COUNT", count)


def in_the_notebook(place: Path) -> Path:
    """Wrong work whose notebook carries pickles in outputs, attachments and metadata."""
    notebook = release_notebook(right=False)
    text = base64.b64encode(PICKLED).decode()
    bundle = {
        "application/python-pickle": text,
        "application/vnd.nbverdict.answer": text,
        "text/plain": "3.0",
    }
    notebook["metadata"] = {"kernelspec": {"name": "python3", "display_name": text}, "pickle": text}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "data": bundle,
                    "metadata": {"state": text},
                }
            ]
        else:
            cell["attachments"] = {"model.pkl": {"application/octet-stream": text}}
    return zip_of({"lab.ipynb": as_bytes(notebook)})(place)


CASES = (
    Case(
        id="H01-pickled-answers",
        title="Answer with pickled bytes, and with an object that runs code when it is unpickled.",
        promise="artefacts",
        build=wrong(extra_after=[answering("pickle.dumps(Evil())", "Evil()")]),
        expect=NOTHING,
    ),
    Case(
        id="H01-arrays-of-objects",
        title="Answer with arrays of objects that run code when they are loaded.",
        promise="artefacts",
        build=wrong(extra_after=[answering("np.array([Evil()] * len(texts), dtype=object)", "np.array(Evil(), dtype=object)")]),
        expect=NOTHING,
    ),
    Case(
        id="H01-files",
        title="Hand in pickles, joblib files, arrays of objects and compiled modules under likely names.",
        promise="artefacts",
        build=wrong(files=FILES),
        expect=Expect(status="graded|pending", checks=NO_MARKS),
    ),
    Case(
        id="H01-in-the-notebook",
        title="Carry pickles in stored outputs, attachments and metadata of the notebook.",
        promise="artefacts",
        build=in_the_notebook,
        expect=NOTHING,
    ),
    Case(
        id="H02-models",
        title="Hand in models whose layers carry bytecode, and damaged model files.",
        promise="artefacts",
        build=wrong(files=KERAS),
        expect=Expect(status="graded|pending", checks=NO_MARKS),
    ),
)  # fmt: skip
