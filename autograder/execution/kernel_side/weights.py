"""List every weight of a model, each once, by the path of attributes that leads to it. Runs in the kernel.

A site is that path: `distilbert.transformer.layer[0].ffn.lin1.kernel`. Attributes are walked by object in the
order in which they were set, so the path that was there first names a weight, and a list that a student made
of some layers later does not rename them. A wrapper that replaced a layer shows up in its place:
`...ffn.lin1.base.kernel` for the old weight and `...ffn.lin1.lora_a` for a new one (`base` and `lora_a` being
the student's own names). One leading underscore is dropped (`_kernel` is `kernel`), and what Keras itself
counts is called `layers[i]` (functional and sequential models) and `weights[i]` (no attribute leads there).

Walked: layers, models and modules, lists, tuples, dicts, objects of the student's own classes, and variables
that the student's own functions enclose (`...lin1.call.A`). Not walked: optimizers, metrics, losses, random
generators, library objects. It believes what the objects say about themselves.
"""

from __future__ import annotations

import functools
import hashlib
import sys
import types

MOST_WEIGHTS = 20_000
MOST_STEPS = 500_000
LIBRARIES = ("keras", "tf_keras", "tensorflow", "transformers", "keras_nlp", "keras_hub")
VARIABLES = ("Variable", "KerasVariable", "AutoCastVariable", "DistributedVariable")
STRUCTURES = ("Layer", "Module")
COUNTED_BY_KERAS = ("Functional", "Sequential")
OTHER_STATE = (
    "BaseOptimizer", "Callback", "Generator", "Loss", "Metric", "Optimizer", "OptimizerV2", "RandomGenerator",
    "SeedGenerator", "_BaseOptimizer",
)  # fmt: skip
SKIPPED = frozenset(
    # What Keras keeps for itself: state that is no weight, and second ways to what attributes lead to.
    """optimizer history loss metrics train_function test_function predict_function train_tf_function
    compiled_loss compiled_metrics _compile_loss _compile_metrics _loss_tracker _metrics _losses _optimizer
    _train_counter _test_counter _predict_counter _steps_per_execution _random_generator _seed_generators
    seed_generator _tracker _tracked _functional _checkpoint _operations _operations_by_depth _nodes
    _nodes_by_depth _inbound_nodes _outbound_nodes _inbound_nodes_value _outbound_nodes_value _input_layers
    _output_layers _input_coordinates _output_coordinates _network_nodes _tensor_usage_count
    _compiled_trainable_state _obj_reference_counts_dict _self_unconditional_checkpoint_dependencies
    _self_unconditional_dependency_names _self_unconditional_deferred_dependencies
    _self_saveable_object_factories _self_name_based_restores _undeduplicated_weights _initial_weights
    _layer_checkpoint_dependencies _layers _self_tracked_trackables _trainable_weights
    _non_trainable_weights _trainable_variables _non_trainable_variables _flattened_layers""".split()  # noqa: SIM905
)
WEIGHT_LISTS = (
    "_trainable_weights", "_trainable_variables", "_non_trainable_weights", "_non_trainable_variables",
)  # fmt: skip
LAYER_LISTS = ("_self_tracked_trackables", "_layers")
PLAIN = (str, bytes, int, float, complex, type(None), type, types.ModuleType, bytearray, range)


def list_weights(model):
    """Give one dict for each weight: site, shape, dtype, size, digest, zero, trainable."""
    trained = trainable_ids(model)
    return [describe(site, variable, trained) for site, variable in walk(model)]


def describe(site, variable, trained):
    """Give the dict of one weight. The digest is SHA-256 of its bytes in C order, little end first."""
    import numpy as np

    array = np.asarray(variable.numpy(), order="C")
    return {
        "site": site,
        "shape": [int(size) for size in array.shape],
        "dtype": str(array.dtype),
        "size": int(array.size),
        "digest": hashlib.sha256(array.reshape(-1).view(np.uint8)).hexdigest(),
        "zero": not bool(array.any()),
        "trainable": id(variable) in trained,
    }


def trainable_ids(model):
    """Give the ids of the variables that `fit` would train now."""
    try:
        return {id(base_of(variable)) for variable in model.trainable_variables}
    except Exception:  # not a Keras object, or one that is not built
        return {id(variable) for _, variable in walk(model) if getattr(variable, "trainable", False)}


def walk(model):
    """Give (site, variable) for every weight that can be reached from the model, each once."""
    found, seen, kept = [], set(), []
    later = [("", model)]
    steps = 0
    turn = 0
    while turn < len(later):
        stack = [later[turn]]
        turn += 1
        while stack and len(found) < MOST_WEIGHTS and steps < MOST_STEPS:
            site, node = stack.pop()
            steps += 1
            if issubclass(type(node), PLAIN) or id(node) in seen:
                continue
            seen.add(id(node))
            kept.append(node)  # an id is only good while its object lives
            if is_kind(node, VARIABLES):
                base = base_of(node)
                if base is node or id(base) not in seen:
                    seen.add(id(base))
                    kept.append(base)
                    found.append((site.lstrip("."), base))
                continue
            children, fallbacks = children_of(node)
            stack.extend((site + label, child) for label, child in reversed(children))
            later.extend((site + label, child) for label, child in fallbacks)
    return found


def children_of(node):
    """Give what a node leads to: (label, child) pairs, and such pairs for when nothing else leads there."""
    try:
        if isinstance(node, (list, tuple)):
            return [(f"[{place}]", child) for place, child in enumerate(node)], []
        if isinstance(node, dict):
            return [(f"[{key!r}]", node[key]) for key in list(node) if type(key) in (str, int)], []
        if isinstance(node, (types.FunctionType, types.MethodType, functools.partial)) or hasattr(
            node, "python_function"
        ):
            return enclosed(node), []
        if not is_kind(node, STRUCTURES) and not is_students(type(node)):
            return [], []
        if is_kind(node, OTHER_STATE):
            return [], []
        return attributes(node)
    except Exception:  # an object that refuses to be looked at has no children
        return [], []


def attributes(node):
    """Give a layer's, model's or student object's attributes in the order in which they were set."""
    own = dict(getattr(node, "__dict__", {}))
    for slot in getattr(type(node), "__slots__", ()):
        if isinstance(slot, str) and hasattr(node, slot):
            own.setdefault(slot, getattr(node, slot))
    children = []
    for name, child in own.items():
        if name in SKIPPED or issubclass(type(child), PLAIN):
            continue
        public = name[1:] if name.startswith("_") and name[1:] not in own else name
        children.append((f".{public}", child))
    fallbacks = []
    if is_kind(node, STRUCTURES):
        layers = getattr(node, "layers", None)
        if not isinstance(layers, (list, tuple)):
            layers = next((own[name] for name in LAYER_LISTS if isinstance(own.get(name), list)), [])
        counted = [(f".layers[{place}]", layer) for place, layer in enumerate(layers)]
        if is_kind(node, COUNTED_BY_KERAS):
            children = counted + children
        else:
            fallbacks += counted
        weights = [weight for name in WEIGHT_LISTS for weight in own.get(name) or ()]
        fallbacks += [(f".weights[{place}]", weight) for place, weight in enumerate(weights)]
    return children, fallbacks


def enclosed(node):
    """Give what a student's function holds on to: enclosed names, defaults, its object, partial arguments."""
    if isinstance(node, functools.partial):
        held = [("", node.func), *((f"[{place}]", value) for place, value in enumerate(node.args))]
        return held + [(f".{name}", value) for name, value in node.keywords.items()]
    if isinstance(node, types.MethodType):
        return [("", node.__self__), ("", node.__func__)]
    if not isinstance(node, types.FunctionType):
        return [("", node.python_function)]
    if not is_students_module(node.__module__):
        return []
    held = []
    for name, cell in zip(node.__code__.co_freevars, node.__closure__ or (), strict=False):
        try:
            held.append((f".{name}", cell.cell_contents))
        except ValueError:  # not bound yet
            continue
    held += [(f".defaults[{place}]", value) for place, value in enumerate(node.__defaults__ or ())]
    held += [(f".{name}", value) for name, value in (node.__kwdefaults__ or {}).items()]
    return held + [(f".{name}", value) for name, value in vars(node).items()]


def is_kind(node, names):
    """Whether a class of these names, defined by Keras or TensorFlow, is among the node's classes."""
    return any(
        base.__name__ in names and str(base.__module__).partition(".")[0] in LIBRARIES
        for base in type(node).__mro__
    )


def is_students(kind):
    """Whether a class was written by the student: in the notebook or a file of the submission."""
    return is_students_module(getattr(kind, "__module__", None))


@functools.cache
def is_students_module(name):
    """Whether a module is neither built in nor installed."""
    root = str(name).partition(".")[0]
    if name is None or root in sys.stdlib_module_names - {"__main__"} or root in LIBRARIES:
        return False
    place = str(getattr(sys.modules.get(root), "__file__", None) or "")
    return "site-packages" not in place and "dist-packages" not in place


def base_of(variable):
    """Give the TensorFlow variable inside what Keras wraps around it."""
    for _ in range(4):
        inner = vars(variable).get("_value") if is_kind(variable, ("KerasVariable", "Variable")) else None
        if inner is None or not is_kind(inner, VARIABLES):
            inner = vars(variable).get("_variable")
        if inner is None or not is_kind(inner, VARIABLES):
            return variable
        variable = inner
    return variable
