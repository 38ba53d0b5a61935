"""Relative paths only, in the many styles students write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograder.formats.notebook import Notebook
from autograder.guidelines.path_shapes import is_absolute
from autograder.model.assignment import Firmness
from autograder.model.results import Finding, Severity

Look = Callable[..., Finding | None]

BREAKS = {
    "home": ["import pandas as pd\ndf = pd.read_csv('/home/jane/hw/data.csv')"],
    "mac": ["data = open('/Users/jane/Desktop/train.txt').read()"],
    "windows": [r"import pandas as pd" "\n" r"df = pd.read_csv('C:\\Users\\jane\\data.csv')"],
    "windows raw": [r"path = r'C:\Users\jane\data.csv'"],
    "windows slash": ["DATA = 'D:/school/nlp/'"],
    "other drive": ["np.load('R:/shared/x.npy')"],
    "tilde": ["weights = '~/models/w.h5'"],
    "expanduser": ["import os\nbase = os.path.expanduser('~')"],
    "path home": ["from pathlib import Path\np = Path.home() / 'data'"],
    "file url": ["url = 'file:///home/jane/x.csv'"],
    "colab drive": ["from google.colab import drive\ndrive.mount('/content/drive')"],
    "colab folder": ["ROOT = '/content/drive/MyDrive/Deep Learning/'"],
    "gdrive": ["%cd /content/gdrive/MyDrive/hw"],
    "colab content": ["model.save('/content/model.keras')"],
    "shell cp": ["!cp /content/drive/MyDrive/x.zip ."],
    "shell unzip": ["!unzip -q /content/data.zip -d /content/data"],
    "shell ls home": ["!ls ~/data"],
    "cd magic": ["%cd /Users/jane/hw"],
    "bare cd": ["cd /content/drive/MyDrive/hw"],
    "bare cd in a cell": ["import os\ncd /home/jane\nprint(1)"],
    "run magic": ["%run /home/jane/macros.ipynb"],
    "writefile": ["%%writefile /content/helper.py\nx = 1"],
    "bash cell": ["%%bash\ncd /home/jane/work\nls"],
    "sys.path append": ["import sys\nsys.path.append('/opt2/course/lib')"],
    "sys.path insert": ["import sys\nsys.path.insert(0, '/data/jane/src')"],
    "sys.path plus": ["import sys\nsys.path += ['/shared/code']"],
    "os.path.join": ["import os\np = os.path.join('/home', 'jane', 'data.csv')"],
    "join of constants": ["import os\nBASE = '/Users/jane'\nf = os.path.join(BASE, 'x', 'y.csv')"],
    "pathlib": ["from pathlib import Path\nd = Path('/srv/data') / 'train.csv'"],
    "pathlib joinpath": ["import pathlib\npathlib.Path('/data2').joinpath('a.csv').read_text()"],
    "f-string": ["user = 'jane'\nf = f'/home/{user}/data.csv'"],
    "f-string unknown": ["f = f'/home/{get_user()}/data.csv'"],
    "concatenated": ["root = '/home/' + 'jane'\nopen(root + '/x.txt')"],
    "format": ["p = '/Users/{}/x.csv'.format(name)"],
    "percent": ["p = '/Users/%s/x.csv' % name"],
    "keyword": ["trainer(output_dir='/data/out')"],
    "default of a parameter": ["def load(path='/data/corpus.csv'):\n    return path"],
    "dict": ["cfg = {'data_dir': '/data/nlp', 'epochs': 3}"],
    "class": ["class CFG:\n    data_dir = '/data/nlp'"],
    "chdir": ["import os\nos.chdir('/work/hw3')"],
    "glob": ["from glob import glob\nfiles = glob('/data/*.txt')"],
    "with open": ["with open('/data/x.txt') as f:\n    t = f.read()"],
    "load_weights": ["model.load_weights('/models/part1.h5')"],
    "cache dir": ["ds = load_dataset('x', cache_dir='/home/jane/.cache')"],
    "environment": ["import os\nos.environ['HF_HOME'] = '/home/jane/hf'"],
    "env magic": ["%env HF_HOME=/content/cache"],
    "os.system": ["import os\nos.system('cp /home/jane/x .')"],
    "subprocess": ["import subprocess\nsubprocess.run(['cp', '/home/jane/x', '.'])"],
    "kaggle": ["pd.read_csv('/kaggle/input/fin/x.csv')"],
    "else of the guard": ["if IN_COLAB:\n    base = '.'\nelse:\n    base = '/Users/jane/hw'"],
    "not guarded": ["if not IN_COLAB:\n    base = '/Users/jane/hw'"],
    "simply set to true": ["IN_COLAB = True\nif IN_COLAB:\n    base = '/content/drive/MyDrive'"],
    "home by variable": ["import os\np = os.environ['HOME'] + '/data'\nopen(p)"],
    "unc": [r"open(r'\\server\share\x.csv')"],
    "spec_from_file": [
        "import importlib.util as u\ns = u.spec_from_file_location('h', '/data/h.py')"
    ],
    "spaces in the path": ["p = '/content/drive/My Drive/x.csv'"],
    "list of files": ["paths = ['/home/a/x.csv', '/home/a/y.csv']"],
    "lambda": ["get = lambda n: open('/data/' + n)"],
    "walrus": ["if (p := '/home/jane/x'):\n    pass"],
    "umlauts": ["pfad = '/Users/jörg/Übung/daten.csv'"],
}  # fmt: skip

CLEAN = {
    "relative": ["df = pd.read_csv('data/train.csv')"],
    "parent": ["%run \"../../Latex_macros.ipynb\""],
    "dot": ["!ls ./data && cat ./data/x.txt"],
    "if IN_COLAB": ["if IN_COLAB:\n    from google.colab import drive\n    drive.mount('/content/drive')"],
    "guard by modules": [
        "import sys\nIN_COLAB = 'google.colab' in sys.modules",
        "BASE = '/content/drive/MyDrive/hw' if IN_COLAB else '.'",
    ],
    "guard by shell": [
        "if 'google.colab' in str(get_ipython()):\n    !cp /content/drive/MyDrive/x .\nelse:\n    print('local')"
    ],
    "guard by try": [
        "try:\n    from google.colab import drive\n    drive.mount('/content/drive')\n"
        "    ROOT = '/content/drive/MyDrive'\nexcept ImportError:\n    ROOT = '.'"
    ],
    "switch by try": [
        "try:\n    import google.colab\n    IN_COLAB = True\nexcept:\n    IN_COLAB = False",
        "if IN_COLAB:\n    %cd /content/drive/MyDrive",
    ],
    "guard by folder": ["import os\nif os.path.exists('/content/drive'):\n    d = '/content/drive/MyDrive'"],
    "guard by variable": ["import os\nif 'COLAB_GPU' in os.environ:\n    d = '/content/data'"],
    "guard by getenv": ["import os\nif os.getenv('COLAB_RELEASE_TAG'):\n    d = '/content/data'"],
    "guard by spec": [
        "import importlib.util\nif importlib.util.find_spec('google.colab') is not None:\n    d = '/content/x'"
    ],
    "guard in a function": ["def root():\n    if not IN_COLAB:\n        return '.'\n    return '/content/drive/MyDrive'"],
    "function of colab": ["def setup_colab():\n    drive.mount('/content/drive')"],
    "function called on colab": [
        "def mount():\n    drive.mount('/content/drive')", "if IN_COLAB:\n    mount()"
    ],
    "not and else": ["if not on_colab():\n    d = '.'\nelse:\n    d = '/content/data'"],
    "and": ["if IN_COLAB and use_drive:\n    d = '/content/drive/x'"],
    "elif": ["if IN_KAGGLE:\n    d = '/kaggle/input'\nelif IN_COLAB:\n    d = '/content/x'\nelse:\n    d = '.'"],
    "used later": [
        "if IN_COLAB:\n    root = '/content/drive/MyDrive'\nelse:\n    root = '.'",
        "pd.read_csv(root + '/data.csv')", "import os\nos.path.join(root, 'x.csv')",
    ],
    "date": ["d = '01/02/2024'\npd.to_datetime(d, format='%d/%m/%Y')"],
    "time": ["t = '12:30'\ns = 'a:b'"],
    "slash": ["sep = '/'\nparts = name.split('/')\n'/'.join(parts)"],
    "latex": [r"title = r'f:\mathbb{R}^n \to \mathbb{R}'" "\n" r"plt.title(r'$\frac{a}{b}$')"],
    "latex drive": [r"s = r'g:\R\to\R'"],
    "newline after colon": ["print('Class:\\n' + name)\nlabel = 'C:\\n'"],
    "url": ["url = 'https://example.com/home/data.csv'\npd.read_csv(url)"],
    "other urls": ["a = 's3://bucket/x'; b = 'gs://b/y'; c = 'hf://datasets/x/y.csv'"],
    "wget": ["!wget -q https://example.com/content/data.zip"],
    "prose": ["print('Put your files under /home/you/data or so')"],
    "printed path": ["print('/content/drive is not used')"],
    "and/or": ["text = 'either/or, and/or, /s'"],
    "route": ["@app.get('/home/users')\ndef users(): pass"],
    "request": ["import requests\nrequests.get('/home/api')"],
    "device": ["with tf.device('/GPU:0'):\n    x = 1"],
    "device 2": ["with tf.device('/device:CPU:0'):\n    y = 2"],
    "tmp": ["open('/tmp/x.txt', 'w')\n!ls /tmp"],
    "dev null": ["!pip install -q x > /dev/null 2>&1"],
    "system": ["!cat /proc/cpuinfo | head\n!cat /etc/os-release"],
    "regex": [r"import re" "\n" r"re.sub(r'/home/\w+', '', s)"],
    "startswith": ["if p.startswith('/home/'):\n    pass"],
    "comparison": ["ok = os.getcwd() != '/home/jane'"],
    "docstring": ['def f():\n    """Reads /home/jane/x.csv."""\n    return 1'],
    "bare string": ['"""\nRun with /Users/jane/x\n"""'],
    "comment": ["# DATA = '/home/jane/x.csv'\nDATA = 'x.csv'"],
    "html": ["from IPython.display import HTML\nHTML('</div>')"],
    "closing tag": ["s = '</b>'\nt = '/>'"],
    "replace": ["p = p.replace('\\\\', '/')"],
    "unknown base": ["base = get_base()\nopen(base + '/data.csv')\nopen(f'{base}/x')"],
    "cwd": ["import os\np = os.path.join(os.getcwd(), 'data', 'x.csv')"],
    "path cwd": ["from pathlib import Path\np = Path.cwd() / 'data'"],
    "abspath": ["import os\np = os.path.abspath('data')"],
    "tilde elsewhere": ["df[~mask]\nmodel = ols('y ~ x1 + x2', df)"],
    "ratio": ["r = 'km/h'\ns = 'train/test'"],
    "hub name": ["load_dataset('takala/financial_phrasebank')"],
    "archive name": ["!tar xzf data.tar.gz -C data"],
    "git clone": ["!git clone https://github.com/a/b.git"],
    "magic": ["%matplotlib inline\n%load_ext autoreload\n%autoreload 2"],
    "percent format": ["print('%d/%d' % (a, b))"],
    "divide": ["a = 1 / b / c\ncd = 3\ncd / content / drive"],
    "users text": ["users = '/users/list'"],
    "chinese": ["路径 = '数据/训练.csv'\nopen(路径)"],
    "pip": ["!pip install -q transformers[sentencepiece]"],
    "find": ["!find . -name '*.py'"],
    "mime": ["kind = 'text/html'\naccept = 'application/json'"],
    "error": ["raise FileNotFoundError('/data/x.csv is missing')"],
    "assert": ["assert ok, '/data/x.csv is missing'"],
    "plot label": ["plt.plot(x, y, label='/home/x')"],
    "env relative": ["%env HF_HOME=./cache"],
    "markdown": ["%%markdown\nsee /home/jane"],
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_a_path_of_one_machine_is_found(look: Look, name: str) -> None:
    finding = look("paths", *BREAKS[name])
    assert finding is not None
    assert finding.firmness is Firmness.FIRM and finding.severity is Severity.ERROR
    assert all(place.text for place in finding.places)


@pytest.mark.parametrize("name", CLEAN)
def test_what_is_no_such_path_is_clean(look: Look, name: str) -> None:
    finding = look("paths", *CLEAN[name])
    assert finding is None, finding


def test_all_places_are_in_one_finding_each_once(look: Look) -> None:
    finding = look("paths", "p = '/home/jane/x'\nopen(p)\nopen(p)", "x = 1", "\nopen('/data/y')")
    assert finding is not None
    assert [(place.cell, place.line) for place in finding.places] == [(0, 1), (2, 2)]


def test_lines_are_those_of_the_cell_as_it_was_written(look: Look) -> None:
    cell = "\n\n!pip install \\\n   a b\n%cd data\nx = 1\n\nopen('/home/jane/x')"
    finding = look("paths", cell)
    assert finding is not None
    assert finding.places[0].line == 8 and finding.places[0].text == "open('/home/jane/x')"


def test_a_released_cell_is_exempt(look: Look, notebook: Callable[..., Notebook]) -> None:
    cell = "%cd /content/course"
    assert look("paths", cell, released={"Lab.ipynb": notebook("x = 1", cell)}) is None


def test_many_places_are_counted(look: Look) -> None:
    finding = look("paths", *(f"open('/data/{number}')" for number in range(70)))
    assert finding is not None
    assert len(finding.places) == 50 and "20 more places" in finding.message


@pytest.mark.parametrize(
    ("text", "anywhere", "expected"),
    [
        ("/home/x", True, True),
        ("/data/x", False, True),
        ("/", False, False),
        ("~", False, True),
        ("C:\\Users\\x", True, True),
        ("f:\\R \\to \\R", False, True),
        ("/tmp/x", False, False),
        ("a/b", False, False),
        ("", False, False),
    ],
)
def test_shapes(text: str, anywhere: bool, expected: bool) -> None:
    assert (is_absolute(text, expected=False), is_absolute(text, expected=True)) == (anywhere, expected)
