"""Promises of the layout, read off the syntax trees: rooms are strangers, no circles, no pickles, no global chance."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("featurize", "boost", "report")
SOURCES = {path: ast.parse(path.read_text()) for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))}
JOINERS = ("pipeline", "commands")  # where rooms meet
SOURCES |= {path: ast.parse(path.read_text()) for path in sorted((ROOT / "commands").rglob("*.py"))}
SOURCES[ROOT / "pipeline.py"] = ast.parse((ROOT / "pipeline.py").read_text())


def module(path):
    """Dotted name of a source file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports(tree):
    """Dotted names that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_rooms_are_strangers(path):
    home = module(path).split(".")[0]
    strangers = {*JOINERS, *ROOMS} - {home} if home in ROOMS else {"pipeline"}
    met = {name.split(".")[0] for name in imports(SOURCES[path])} & strangers
    assert not met, f"{module(path)} imports {met}"


def test_no_circles():
    known = {module(path) for path in SOURCES}
    graph = {module(path): set(imports(tree)) & known for path, tree in SOURCES.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError


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


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.name != "__init__.py" and module(path).split(".")[0] in ROOMS], ids=module
)
def test_every_file_has_its_test_file(path):
    assert (ROOT / "tests" / path.parent.relative_to(ROOT) / f"test_{path.name}").is_file()


def test_commands_import_only_what_they_need():
    """Neither networks nor trees are loaded until a command asks for them."""
    code = "import sys, pipeline; print(sorted({'torch', 'lightgbm', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_featurize_needs_no_lightgbm():
    code = "import sys, featurize.plan; print('lightgbm' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
