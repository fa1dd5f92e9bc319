"""Promises of the layout, read off the syntax trees: who may import whom, no circles, no pickles, no global chance."""

import ast
import subprocess
import sys
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOOR = {"imaging", "cohort"}  # what every room above may use
JOINED = FLOOR | {"featurize", "boost", "report", "finetune"}
MAY_USE = {  # the rule of the tree: featurize, boost and report are strangers to each other
    "imaging": set(),
    "cohort": {"imaging"},
    "featurize": FLOOR,
    "boost": FLOOR,
    "report": FLOOR,
    "finetune": {"imaging", "cohort", "featurize"},
    "workflow": JOINED,
    "app": JOINED | {"workflow"},
    "commands": JOINED | {"workflow", "app"},
    "pipeline": JOINED | {"workflow", "commands", "app"},
}
MOST_FILES = 12  # in a folder; with more it is a corridor


def module(path):
    """Dotted name of a source file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def room_of(path):
    return module(path).split(".")[0]


PATHS = [path for room in MAY_USE for path in sorted((ROOT / room).rglob("*.py"))] + [ROOT / "pipeline.py"]
SOURCES = {path: ast.parse(path.read_text()) for path in PATHS}


def imports(tree):
    """Dotted names that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_rooms_import_only_those_below_them():
    broken = []
    for path, tree in SOURCES.items():
        forbidden = set(MAY_USE) - MAY_USE[room_of(path)] - {room_of(path)}
        met = {name.split(".")[0] for name in imports(tree)} & forbidden
        broken += [f"{module(path)} imports {other}" for other in sorted(met)]
    assert not broken


def test_training_uses_the_networks_of_featurize_and_nothing_else_of_it():
    used = {name for path, tree in SOURCES.items() if room_of(path) == "finetune" for name in imports(tree)}
    assert {name for name in used if name.startswith("featurize.")} <= {
        name for name in used if name.startswith("featurize.encoders.")
    }


def test_no_circles():
    known = {module(path) for path in SOURCES}
    graph = {module(path): set(imports(tree)) & known for path, tree in SOURCES.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_no_folder_is_a_corridor_and_none_is_empty():
    files = Counter(path.parent.relative_to(ROOT) for path in SOURCES if path.name != "__init__.py")
    assert max(files.values()) <= MOST_FILES, files
    folders = {path.parent.relative_to(ROOT) for path in SOURCES}
    assert folders == set(files)


def test_no_file_name_stands_in_two_rooms():
    names = Counter(path.name for path in SOURCES if path.name != "__init__.py")
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_nothing_is_pickled_and_no_chance_is_global(path):
    names = {name.split(".")[0] for name in imports(SOURCES[path])}
    assert not names & {"pickle", "dill", "cloudpickle", "shelve", "marshal", "random"}
    calls = {ast.unparse(node.func): node for node in ast.walk(SOURCES[path]) if isinstance(node, ast.Call)}
    assert not set(calls) & {"joblib.dump", "joblib.load", "np.random.seed", "torch.manual_seed", "torch.save"}
    for name, call in calls.items():
        keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert name != "torch.load" or keywords.get("weights_only") == "True"
        assert name != "np.load" or keywords.get("allow_pickle", "False") == "False"


def test_commands_import_only_what_they_need():
    """Neither networks nor trees are loaded until a command asks for them."""
    code = "import sys, pipeline; print(sorted({'torch', 'lightgbm', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_featurize_needs_no_lightgbm():
    code = "import sys, featurize.plan; print('lightgbm' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
