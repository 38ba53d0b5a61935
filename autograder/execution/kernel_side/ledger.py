"""Record every Keras `fit` of the run: which cell, which model, what moved. Companion: `weights`.

Wraps `fit` of TF-Keras and Keras 3 when the student imports them. It never raises into a fit, looks at
weights only while that costs little beside the training itself, and holds models weakly. Loops with a
gradient tape are not seen. Student code can remove or feed it: it is evidence for a person (assurance
`shared`), not proof.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import sys
import time
import weakref

MOST_FITS = 500
MOST_LISTED = 20_000
FREE_SECONDS = 4.0
FREE_SHARE = 0.05
TRAINERS = {
    "tf_keras.src.engine.training": "Model",
    "keras.src.engine.training": "Model",
    "keras.src.backend.tensorflow.trainer": "TensorFlowTrainer",
}
UNIQUE_MARK = "_nbverdict_recorded"


class Ledger:
    """The fits so far, and the models they were of."""

    def __init__(self, current_cell):
        self.fits = []
        self.models = []
        self.listed = 0
        self.spent = 0.0
        self.trained = 0.0
        self.active = set()
        self.current_cell = current_cell

    def name_of(self, model):
        """Give a model's id: `model-1` for the first one that was fitted."""
        for number, reference in enumerate(self.models, start=1):
            if reference() is model:
                return f"model-{number}"
        self.models.append(weakref.ref(model))
        return f"model-{len(self.models)}"

    def model_of(self, name):
        """Give the model of that id while it lives, else None."""
        try:
            return self.models[int(name.rpartition("-")[2]) - 1]()
        except (ValueError, IndexError):
            return None

    def weights(self, model):
        """List a model's weights, or nothing when that would slow honest work down."""
        if self.listed > MOST_LISTED or self.spent > FREE_SECONDS + FREE_SHARE * self.trained:
            return None
        began = time.monotonic()
        try:
            found = list_weights(model)  # noqa: F821 - companion
            self.listed += len(found)
            return found
        except Exception:
            return None
        finally:
            self.spent += time.monotonic() - began

    def recording(self, fit):
        """Wrap one class's `fit`."""

        @functools.wraps(fit)
        def recorded(model, *arguments, **keywords):
            __tracebackhide__ = True
            if id(model) in self.active or len(self.fits) >= MOST_FITS:
                return fit(model, *arguments, **keywords)
            record = self.opened(model)
            self.active.add(id(model))
            began = time.monotonic()
            history, raised = None, ""
            try:
                history = fit(model, *arguments, **keywords)
                return history
            except BaseException as error:
                raised = type(error).__name__
                raise
            finally:
                self.active.discard(id(model))
                seconds = time.monotonic() - began
                self.trained += seconds
                self.closed(record, model, history, seconds, raised, arguments, keywords)

        setattr(recorded, UNIQUE_MARK, True)
        return recorded

    def opened(self, model):
        """Begin a record: what is known before the fit."""
        try:
            before = self.weights(model)
            return {
                "cell": self.current_cell(),
                "model": self.name_of(model),
                "before": before,
                "earlier": getattr(model, "history", None),
            }
        except Exception:
            return None

    def closed(self, record, model, history, seconds, raised, arguments, keywords):
        """End a record: what is known after the fit."""
        if record is None:
            return
        try:
            kept = history if history is not None else getattr(model, "history", None)
            earlier = record.pop("earlier")
            if history is None and kept is earlier:  # it raised before it began
                kept = None
            numbers = numbers_of(getattr(kept, "history", None))
            params = getattr(kept, "params", None) or {}
            after = self.weights(model) if record["before"] is not None else None
            record.update(
                after=after or [],
                before=record["before"] or [],
                cut=after is None,
                rows=rows_of(arguments, keywords),
                epochs=max((len(values) for values in numbers.values()), default=0),
                steps=params.get("steps"),
                seconds=seconds,
                history=numbers,
                metrics=sorted(numbers),
                raised=raised,
                trainable_size=sum(weight["size"] for weight in after or () if weight["trainable"]),
                total_size=sum(weight["size"] for weight in after or ()),
            )
            self.fits.append(record)
        except Exception:
            return


def numbers_of(history):
    """Give the history's series of numbers; what is no number is left out."""
    numbers = {}
    for key, values in dict(history or {}).items():
        try:
            numbers[str(key)] = [float(value) for value in values]
        except (TypeError, ValueError):
            continue
    return numbers


def rows_of(arguments, keywords):
    """Count the training rows: exactly for arrays, at most for batched data sets, None when unknown."""
    try:
        data = arguments[0] if arguments else keywords.get("x")
        while isinstance(data, (dict, list, tuple)) and data and not isinstance(data, str):
            first = next(iter(data.values())) if isinstance(data, dict) else data[0]
            if isinstance(first, (int, float, str, bytes)):
                return len(data)
            data = first
        if hasattr(data, "cardinality"):
            return rows_of_dataset(data)
        if hasattr(data, "shape"):
            return int(data.shape[0])
        return len(data)
    except Exception:
        return None


def rows_of_dataset(data):
    """Count the rows of a tf.data pipeline from its number of batches and its batch size."""
    batches = int(data.cardinality())
    node = data
    for _ in range(20):
        size = getattr(node, "_batch_size", None)
        if size is not None:
            return batches * int(size) if batches >= 0 else None
        node = getattr(node, "_input_dataset", None)
    return batches if batches >= 0 else None


class TrainerFinder(importlib.abc.MetaPathFinder):
    """Lets the usual finders find Keras, and wraps `fit` right after its module ran."""

    def __init__(self, ledger):
        self.ledger = ledger

    def find_spec(self, name, path=None, target=None):
        """Give the usual spec with a loader that also wraps `fit`; None for every other module."""
        if name not in TRAINERS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            wrap(module, self.ledger)

        try:
            spec.loader.exec_module = exec_module
        except Exception:
            return None
        return spec


def wrap(module, ledger):
    """Replace `fit` of a module's trainer class, once."""
    try:
        trainer = getattr(module, TRAINERS[module.__name__])
        if not hasattr(trainer.fit, UNIQUE_MARK):
            trainer.fit = ledger.recording(trainer.fit)
    except Exception:
        return


def install(current_cell):
    """Start recording; give the ledger."""
    ledger = Ledger(current_cell)
    sys.meta_path.insert(0, TrainerFinder(ledger))
    for name in TRAINERS:
        if name in sys.modules:
            wrap(sys.modules[name], ledger)
    return ledger
