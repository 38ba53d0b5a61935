"""TensorFlow/Keras only, in the many styles students write."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from autograder.formats.notebook import Notebook
from autograder.model.assignment import Firmness
from autograder.model.results import Finding, FindingState, Severity

Look = Callable[..., Finding | None]

BREAKS = {
    "plain": ["import torch", "x = torch.tensor([1.0, 2.0])\nprint(x.mean())"],
    "alias": ["import torch as t\nlogits = t.zeros(3)"],
    "from import": [
        "from torch import nn, optim\nhead = nn.Linear(768, 3)\nopt = optim.Adam(head.parameters())"
    ],
    "functional alias": ["import torch.nn.functional as F\nprobs = F.softmax(scores, dim=-1)"],
    "module alias by assignment": ["import torch\nnn = torch.nn\nlayer = nn.Dropout(0.1)"],
    "subclass": ["from torch.utils.data import Dataset\nclass Sentences(Dataset):\n    pass"],
    "importlib": ["import importlib\nT = importlib.import_module('torch')\nx = T.ones(2)"],
    "import_module alias": ["from importlib import import_module as load\nload('torch').ones(2)"],
    "dunder import": ["t = __import__('torch')\nt.manual_seed(0)\ny = t.randn(3)"],
    "name put together": [
        "import importlib\nname = 'to' + 'rch'\nm = importlib.import_module(name)\nm.ones(1)"
    ],
    "name by f-string": ["import importlib\na='tor'\nm = importlib.import_module(f'{a}ch')\nm.eye(2)"],
    "exec of a text": ["exec('import torch\\nz = torch.zeros(2)')"],
    "in a function": ["def prep(a):\n    import torch\n    return torch.from_numpy(a)"],
    "imported after the function": [
        "def prep(a):\n    return torch.from_numpy(a)",
        "import torch",
        "prep(b)",
    ],
    "in a try": ["try:\n    import torch\nexcept ImportError:\n    pass\nelse:\n    w = torch.load('w.pt')"],
    "star import": ["from torch.nn import *", "model = Sequential(Linear(2, 3))"],
    "star of torch": ["from torch import *\nx = tensor([1])"],
    "type annotation": ["import torch\ndef f(x: torch.Tensor) -> int:\n    return 1"],
    "decorator": ["import torch\n@torch.no_grad()\ndef run():\n    pass"],
    "with block": ["import torch\nwith torch.no_grad():\n    out = model(x)"],
    "getattr": ["import torch\nf = getattr(torch, 'sigmoid')\nf(x)"],
    "sys.modules": ["import sys, torch\nsys.modules['torch'].ones(3)"],
    "lambda": ["import torch\nto = lambda a: torch.as_tensor(a)"],
    "comprehension": ["import torch as th\nxs = [th.tensor(r) for r in rows]"],
    "torchvision": ["from torchvision import transforms\nt = transforms.ToTensor()"],
    "lightning": ["import pytorch_lightning as pl\nclass M(pl.LightningModule): pass"],
    "cell magic time": ["%%time\nimport torch\ny = torch.mm(a, b)"],
    "line magic timeit": ["import torch\n%timeit -n 10 torch.mm(a, b)"],
    "capture": ["%%capture out\n!pip install torch\nimport torch\ntorch.save(model, 'm.pt')"],
    "writefile": ["%%writefile net.py\nfrom torch import nn\nnet = nn.Linear(2, 2)", "from net import net"],
    "python -c": ['!python -c "import torch; print(torch.ones(2))"'],
    "keras backend": ["import os\nos.environ['KERAS_BACKEND'] = 'torch'\nimport keras"],
    "keras backend jax": ["import os\nos.environ.setdefault('KERAS_BACKEND', 'jax')"],
    "keras backend by update": ["import os\nos.environ.update({'KERAS_BACKEND': 'torch'})"],
    "keras backend magic": ["%env KERAS_BACKEND=jax"],
    "keras backend set_env": ["%set_env KERAS_BACKEND torch"],
    "keras backend environ": ["from os import environ as env\nenv['KERAS_BACKEND'] = \"torch\""],
    "keras set_backend": ["import keras\nkeras.config.set_backend('torch')"],
    "torch class of transformers": [
        "from transformers import AutoModelForSequenceClassification as M",
        "model = M.from_pretrained('distilbert-base-uncased')",
    ],
    "torch class by module": ["import transformers as tr\nmodel = tr.DistilBertModel.from_pretrained('x')"],
    "torch class by deep path": [
        "from transformers.models.bert.modeling_bert import BertForSequenceClassification as B\nB(config)"
    ],
    "return_tensors": ["enc = tokenizer(texts, return_tensors='pt', padding=True)"],
    "framework": ["from transformers import pipeline\np = pipeline('fill-mask', framework='pt')"],
    "set_format": ["ds.set_format('torch', columns=['ids'])"],
    "with_format": ["ds = ds.with_format(type='torch')"],
    "walrus": ["import torch\nif (n := torch.numel(x)) > 3:\n    print(n)"],
    "chinese comments": ["# 导入\nimport torch as 火\n结果 = 火.ones(3)"],
    "guarded by colab": ["import torch\nif IN_COLAB:\n    x = torch.ones(3)"],
    "device and tensor": ["import torch\ndev = torch.device('cpu')\nx = torch.zeros(2, device=dev)"],
}

HINTS = {
    "unused import": ["import torch"],
    "unused from import": ["from torch import nn"],
    "gpu name": ["import torch\nprint(torch.cuda.get_device_name(0))"],
    "gpu there": [
        "import torch\nif torch.cuda.is_available():\n    print('GPU:', torch.cuda.get_device_name())"
    ],
    "device only": ["import torch\ndevice = torch.device('cuda' if torch.cuda.is_available() else 'cpu')"],
    "version": ["import torch, transformers\nprint(torch.__version__, transformers.__version__)"],
    "seed": [
        "def set_seed(s):\n    import torch\n    torch.manual_seed(s)\n    torch.cuda.manual_seed_all(s)"
    ],
    "cudnn": ["import torch\ntorch.backends.cudnn.deterministic = True"],
    "unused class": ["from transformers import AutoModelForSequenceClassification"],
    "installed": ["!pip install -q torch torchvision"],
    "installed bare": ["pip install torch"],
    "try import": [
        "try:\n    import torch\n    print('torch is there')\nexcept ImportError:\n    torch = None"
    ],
}

CLEAN = {
    "keras": ["from tensorflow import keras\nmodel = keras.Sequential([keras.layers.Dense(3)])"],
    "tf class": [
        "from transformers import TFAutoModelForSequenceClassification as M\nm = M.from_pretrained('distilbert')"
    ],
    "tf base": ["from transformers import TFDistilBertModel, DistilBertConfig, DistilBertTokenizerFast"],
    "tokenizer": ["from transformers import AutoTokenizer\nt = AutoTokenizer.from_pretrained('bert-base-uncased')"],
    "config": ["from transformers import AutoConfig\nc = AutoConfig.from_pretrained('bert-base-uncased')"],
    "return tf": ["enc = tokenizer(texts, return_tensors='tf')"],
    "return np": ["enc = tokenizer(texts, return_tensors=\"np\")"],
    "collator": [
        "from transformers import DataCollatorWithPadding\n"
        "c = DataCollatorWithPadding(tok, return_tensors='tf')"
    ],
    "language collator": ["from transformers import DataCollatorForLanguageModeling as C\nC(tok, return_tensors='tf')"],
    "word in markdown-like text": ["print('We do not use torch here; import torch would be wrong')"],
    "word in comment": ["# torch.nn.Linear would be the PyTorch way\nx = 1"],
    "word in docstring": ['def f():\n    """Like torch.nn.Linear, but in Keras."""\n    return 1'],
    "own variable": ["torch = 5\nprint(torch + 1)"],
    "own module name": ["class torch:\n    ones = 3\nprint(torch.ones)"],
    "own attribute": ["self_torch = Lamp()\nself_torch.torch.on()"],
    "dict key": ["backends = {'torch': 1, 'tf': 2}\nprint(backends['torch'])"],
    "comparison": ["import os\nassert os.environ.get('KERAS_BACKEND') != 'torch'"],
    "keras backend tf": ["import os\nos.environ['KERAS_BACKEND'] = 'tensorflow'"],
    "keras backend tf magic": ["%env KERAS_BACKEND=tensorflow"],
    "legacy keras": ["import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'"],
    "from_pt": ["m = TFAutoModel.from_pretrained('x', from_pt=True)"],
    "set_format tf": ["ds.set_format('tensorflow', columns=['a'])"],
    "to_tf_dataset": ["tf_ds = ds.to_tf_dataset(columns=['ids'], batch_size=16)"],
    "keras callbacks": ["from transformers import KerasMetricCallback, PushToHubCallback"],
    "framework tf": ["from transformers import pipeline\nclf = pipeline('text-classification', framework='tf')"],
    "pipeline": ["from transformers import pipeline\nclf = pipeline('text-classification', model=m, tokenizer=t)"],
    "gpu by tf": ["import tensorflow as tf\nprint(tf.config.list_physical_devices('GPU'))"],
    "nvidia-smi": ["!nvidia-smi -L"],
    "keras ops": ["from keras import ops\ny = ops.softmax(x)"],
    "tf functional alias": ["import tensorflow.keras.layers as nn\nh = nn.Dense(3)"],
    "raw mention": ["%%markdown\nWe import torch nowhere."],
    "html": ["%%html\n<script>import torch</script>"],
    "shell echo": ["!echo import torch"],
    "scorch": ["import scorch_lib as s\ns.torch_like()"],
    "flax": ["from transformers import FlaxAutoModel"],
    "own model class": ["class MyModel(keras.Model):\n    pass\nMyModel().fit(x)"],
    "install others": ["!pip install -q transformers datasets evaluate"],
    "install with torch in a name": ["!pip install pytorchvideo-names-only"],
    "torch folder": ["open('torch/readme.txt')"],
    "type checking text": ["def f(x: 'torch.Tensor'):\n    return x"],
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_work_done_with_torch_is_firm(look: Look, name: str) -> None:
    finding = look("torch", *BREAKS[name])
    assert finding is not None
    assert (finding.firmness, finding.state) == (Firmness.FIRM, FindingState.CONFIRMED)
    assert finding.severity is Severity.ERROR and finding.points == 2 and finding.places


@pytest.mark.parametrize("name", HINTS)
def test_torch_that_does_no_work_is_a_warning_without_points(look: Look, name: str) -> None:
    finding = look("torch", *HINTS[name])
    assert finding is not None
    assert finding.firmness is Firmness.HINT and finding.points == 0
    assert finding.state is FindingState.PROPOSED and finding.severity is not Severity.ERROR


@pytest.mark.parametrize("name", CLEAN)
def test_work_without_torch_is_clean(look: Look, name: str) -> None:
    assert look("torch", *CLEAN[name]) is None


def test_cells_unchanged_from_the_release_are_exempt(look: Look, notebook: Callable[..., Notebook]) -> None:
    helper = "import torch\ndef gpu():\n    return torch.ones(1).cuda()"
    released = {"Lab.ipynb": notebook(helper)}
    assert look("torch", helper + "  \n", released=released) is None
    changed = look("torch", helper, "torch.ones(2)", released=released)
    assert changed is not None and [place.cell for place in changed.places] == [1]


def test_a_module_beside_the_notebook_is_read(look: Look) -> None:
    files = {"tools/net.py": "import torch.nn as nn\ndef head():\n    return nn.Linear(2, 3)\n"}
    finding = look("torch", "from tools.net import head\nhead()", files=files)
    assert finding is not None and finding.firmness is Firmness.FIRM
    assert (finding.places[0].file, finding.places[0].line) == ("tools/net.py", 3)


def test_what_a_module_passes_on_is_known(look: Look) -> None:
    finding = look("torch", "from net import t as x", "x.ones(3)", files={"net.py": "import torch as t\n"})
    assert finding is not None and (finding.places[0].cell, finding.places[0].line) == (1, 1)


def test_an_unchanged_course_file_is_exempt(look: Look) -> None:
    source = "import torch\nx = torch.ones(1)\n"
    same = {"helper.py": hashlib.sha256(source.encode()).hexdigest()}
    other = {"helper.py": hashlib.sha256(b"other").hexdigest()}
    assert look("torch", "import helper", files={"helper.py": source}, released_files=same) is None
    assert look("torch", "import helper", files={"helper.py": source}, released_files=other) is not None


def test_use_comes_before_imports(look: Look) -> None:
    finding = look("torch", "import torch", "x = 1", "y = torch.ones(3)")
    assert finding is not None
    assert [(place.cell, place.line, place.cell_id) for place in finding.places] == [
        (2, 1, "c2"),
        (0, 1, "c0"),
    ]
    assert finding.places[0].text == "y = torch.ones(3)"
