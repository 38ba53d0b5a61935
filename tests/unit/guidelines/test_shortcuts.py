"""No library that makes the task trivial."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograder.model.assignment import Firmness
from autograder.model.results import Finding, FindingState

Look = Callable[..., Finding | None]

BREAKS = {
    "peft": ["!pip install peft", "from peft import LoraConfig, get_peft_model\nm = get_peft_model(m, LoraConfig(r=8))"],
    "peft alias": ["import peft as p\ncfg = p.LoraConfig(r=8)"],
    "peft importlib": ["import importlib\np = importlib.import_module('peft')\np.get_peft_model(m, c)"],
    "peft by constant": ["LIB = 'peft'\nimport importlib as il\nlib = il.import_module(LIB)\nlib.LoraConfig()"],
    "peft dunder": ["__import__('peft').LoraConfig(r=4)"],
    "peft exec": ["exec('from peft import LoraConfig\\nc = LoraConfig(r=8)')"],
    "peft in a function": ["def build():\n    import peft\n    return peft.LoraConfig()"],
    "trainer": ["from transformers import Trainer\nt = Trainer(model=m)\nt.train()"],
    "trainer alias": ["from transformers import Trainer as T, TrainingArguments as A\nT(m, A('out')).train()"],
    "trainer by module": ["import transformers\ntransformers.Trainer(model=m).train()"],
    "trainer module alias": ["import transformers as tr\nT = tr.Trainer\nT(model=m)"],
    "trainer deep": ["from transformers.trainer import Trainer\nTrainer(m)"],
    "trainer star": ["from transformers import *", "Trainer(model=m)"],
    "trainer getattr": ["import transformers\ngetattr(transformers, 'Trainer')(model=m)"],
    "trainer subclass": ["from transformers import Trainer\nclass Mine(Trainer):\n    pass"],
    "training arguments": ["from transformers import TrainingArguments\nargs = TrainingArguments('o')"],
    "tf trainer": ["from transformers import TFTrainer, TFTrainingArguments\nTFTrainer(m, TFTrainingArguments('o'))"],
    "seq2seq": ["from transformers import Seq2SeqTrainer\nSeq2SeqTrainer(m)"],
    "adapters": ["import adapters\nadapters.init(model)"],
    "adapter transformers": ["from transformers.adapters import HoulsbyConfig\nc = HoulsbyConfig()"],
    "setfit": ["from setfit import SetFitModel\nm = SetFitModel.from_pretrained('x')"],
    "simpletransformers": ["from simpletransformers.classification import ClassificationModel as C\nC('bert', 'x')"],
    "ktrain": ["import ktrain\nktrain.get_learner(m)"],
    "trl": ["from trl import SFTTrainer\nSFTTrainer(m)"],
    "loralib": ["import loralib as lora\nl = lora.Linear(1, 2, r=8)"],
    "autogluon": ["from autogluon.text import TextPredictor\nTextPredictor('l')"],
    "time magic": ["from peft import get_peft_model\n%time m = get_peft_model(m, c)"],
    "cell magic": ["%%capture\nfrom peft import get_peft_model\nm = get_peft_model(m, c)"],
    "under a try": ["try:\n    from peft import LoraConfig\nexcept ImportError:\n    LoraConfig = None\nc = LoraConfig(r=8)"],
    "spanish": ["# configuración\nfrom peft import LoraConfig as Configuración\nc = Configuración(r=8)"],
}  # fmt: skip

HINTS = {
    "unused import": ["from peft import LoraConfig"],
    "unused trainer": ["from transformers import AutoTokenizer, Trainer"],
    "installed": ["!pip install -q peft transformers"],
    "installed bare": ["pip install peft==0.5.0"],
    "installed percent": ["%pip install peft"],
    "installed from git": ["!pip install git+https://github.com/huggingface/peft.git"],
    "installed by python": ["import sys\n!{sys.executable} -m pip install setfit"],
    "installed by subprocess": ["import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'peft'])"],
    "installed by os.system": ["import os\nos.system('pip install peft')"],
    "keras lora": ["backbone.enable_lora(rank=8)"],
    "keras lora layer": ["d = keras.layers.Dense(3, lora_rank=8)"],
}  # fmt: skip

CLEAN = {
    "keras fit": ["model.compile('adam')\nmodel.fit(x, y)"],
    "own layer": ["class LoraDense(keras.layers.Layer):\n    def __init__(self, rank):\n        self.rank = rank"],
    "own trainer": ["class Trainer:\n    def train(self): pass", "Trainer().train()"],
    "own trainer over an import": [
        "from transformers import TFAutoModel\nclass Trainer(keras.Model): pass\nTrainer().fit(x)"
    ],
    "own config": ["class LoraConfig:\n    r = 8\ncfg = LoraConfig()"],
    "own get_peft_model": ["def get_peft_model(m):\n    return m\nget_peft_model(model)"],
    "own enable_lora": ["class M:\n    def enable_lora(self): pass\nm = M()\nm.inner = 1"],
    "head": ["from transformers import TFAutoModelForSequenceClassification as M\nM.from_pretrained('x')"],
    "create_optimizer": ["from transformers import create_optimizer\no, s = create_optimizer(1e-5, 10, 0)"],
    "callbacks": ["from transformers.keras_callbacks import KerasMetricCallback\nKerasMetricCallback(f, d)"],
    "trainable": ["for layer in model.layers:\n    layer.trainable = False"],
    "trainer attribute": ["state.Trainer = 1"],
    "word in text": ["print('We do not use peft or Trainer')"],
    "word in comment": ["# from peft import LoraConfig\nx = 1"],
    "word in docstring": ['"""peft would do this for us"""\nx = 1'],
    "adapter variable": ["adapters = []\nadapters.append(layer)"],
    "swift": ["swift = 'Taylor'\nprint(swift)"],
    "tokenizer": ["from transformers import AutoTokenizer\nAutoTokenizer.from_pretrained('x')"],
    "evaluate": ["import evaluate\nevaluate.load('accuracy')"],
    "datasets": ["from datasets import load_dataset\nload_dataset('financial_phrasebank')"],
    "pipeline": ["from transformers import pipeline\npipeline('sentiment-analysis')"],
    "install": ["!pip install -q transformers datasets sentencepiece"],
    "install list": ["%pip install 'transformers[sentencepiece]' tf-keras"],
    "lora math": ["rank = 8\nA = tf.Variable(tf.random.normal((768, rank)))\nB = tf.Variable(tf.zeros((rank, 768)))"],
    "gradient tape": ["with tf.GradientTape() as tape:\n    loss = f(x)\ng = tape.gradient(loss, v)"],
    "model.add": ["model = keras.Sequential()\nmodel.add(keras.layers.Dense(3))"],
    "helper of that name": ["from mytools import Trainer\nTrainer()"],
    "training argument word": ["training_args = {'epochs': 3}"],
    "shell": ["!ls peft"],
    "path": ["open('peft/readme.md')"],
    "wandb": ["import wandb\nwandb.init()"],
    "optuna": ["import optuna\noptuna.create_study()"],
    "keras tuner": ["import keras_tuner as kt\nkt.RandomSearch(f)"],
    "german": ["# Niemals peft verwenden\nrang = 8"],
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_a_toolkit_that_is_used_is_firm(look: Look, name: str) -> None:
    finding = look("shortcuts", *BREAKS[name])
    assert finding is not None
    assert (finding.firmness, finding.state) == (Firmness.FIRM, FindingState.CONFIRMED)


@pytest.mark.parametrize("name", HINTS)
def test_a_toolkit_that_does_no_work_is_a_hint(look: Look, name: str) -> None:
    finding = look("shortcuts", *HINTS[name])
    assert finding is not None
    assert finding.firmness is Firmness.HINT and finding.points == 0


@pytest.mark.parametrize("name", CLEAN)
def test_work_of_ones_own_is_clean(look: Look, name: str) -> None:
    finding = look("shortcuts", *CLEAN[name])
    assert finding is None, finding


def test_an_assignment_may_forbid_more_and_allow_some(look: Look) -> None:
    assert look("shortcuts", "import keras_cv\nkeras_cv.x()", packages=("keras_cv",)) is not None
    assert look("shortcuts", "import setfit\nsetfit.x()", allowed=("setfit",)) is None
    assert look("shortcuts", "from transformers import Trainer\nTrainer()", allowed=("Trainer",)) is None
    assert look("shortcuts", "m.enable_lora(rank=8)", allowed=("enable_lora",)) is None
