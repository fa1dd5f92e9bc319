"""Every room's public names are tested in the tests folder that mirrors it.

A public name is a function or class, without an underscore, that another file imports. A test reaches what it imports,
and whatever stands in the code of that: a helper is tested through its callers. Commands are reached by the command
lines that tests run, and what joins rooms in workflow/ through them. Importing the same name in another room's tests
does not count.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("imaging", "cohort", "featurize", "boost", "report", "finetune", "workflow", "app", "commands")
RUN_BY_COMMANDS = ("workflow", "commands")


class Code:
    """The files of a project as syntax trees: what each name's code mentions, and what each file imports."""

    def __init__(self, root):
        self.root = root
        self.mentions = {}  # by full name, the full names in the code of it
        self.definitions = set()  # the functions and classes
        self.imported = set()  # by any file
        for path in self.files(*ROOMS, "*.py"):
            self._read(path)

    def files(self, *places):
        """The Python files in folders and below, or those that a pattern means."""
        for place in places:
            yield from sorted(self.root.glob(place) if "*" in place else (self.root / place).rglob("*.py"))

    def _read(self, path):
        module = ".".join(path.relative_to(self.root).with_suffix("").parts)
        tree = ast.parse(path.read_text())
        imported = imports(tree)
        self.imported.update(imported.values())
        code = top_level(tree)
        full_names = imported | {name: f"{module}.{name}" for name in code}
        for name, node in code.items():
            used = (ast.unparse(part) for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute))
            self.mentions[f"{module}.{name}"] = {full_names[text] for text in used if text in full_names}
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                self.definitions.add(f"{module}.{name}")

    def public(self, room):
        """The full names that the rule is about."""
        of_room = {name for name in self.definitions if name.startswith(f"{room}.")}
        return {name for name in of_room & self.imported if not name.rpartition(".")[2].startswith("_")}

    def reached(self, room):
        """Every full name that the tests of a room reach."""
        ahead = set()
        for path in self.files(f"tests/{room}"):
            ahead.update(imports(ast.parse(path.read_text())).values())
        if room in RUN_BY_COMMANDS:
            ahead.update(self._commands_run())
        reached = set()
        while ahead:
            name = ahead.pop()
            if name not in reached:
                reached.add(name)
                ahead |= self.mentions.get(name, set())
        return reached

    def _commands_run(self):
        """The functions behind the commands that any test names in a command line."""
        words = set()
        for path in self.files("tests"):
            words |= {part.value for part in ast.walk(ast.parse(path.read_text())) if isinstance(part, ast.Constant)}
        for path in self.files("commands", "pipeline.py*"):
            for word, name in commands(ast.parse(path.read_text())).items():
                if word in words:
                    module = ".".join(path.relative_to(self.root).with_suffix("").parts)
                    yield imports(ast.parse(path.read_text())).get(name, f"{module}.{name}")

    def untested(self, room):
        return sorted(self.public(room) - self.reached(room))


def imports(tree):
    """What a file takes from others, full names by what it calls them, `module.name` too."""
    full_names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            full_names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            full_names |= {alias.asname or alias.name: alias.name for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            called, of_module = ast.unparse(node), full_names.get(ast.unparse(node.value))
            if of_module:
                full_names[called] = f"{of_module}.{node.attr}"
    return full_names


def top_level(tree):
    """The functions, classes and constants of a file by name."""
    code = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            code[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            code |= {target.id: node for target in targets if isinstance(target, ast.Name)}
    return code


def commands(tree):
    """The functions that a file makes commands, by the word on the command line."""
    words = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):  # below @app.command("word")
            for decorator in filter(is_registration, node.decorator_list):
                words[word_of(decorator, node.name)] = node.name
        elif isinstance(node, ast.Call) and is_registration(node.func):  # app.command("word")(function)
            name = ast.unparse(node.args[0])
            words[word_of(node.func, name)] = name
    return words


def is_registration(node):
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("app.command")


def word_of(call, name):
    return call.args[0].value if call.args else name


@pytest.fixture(scope="module")
def code():
    return Code(ROOT)


@pytest.mark.parametrize("room", ROOMS)
def test_public_names_are_tested_in_the_folder_that_mirrors_their_room(room, code):
    assert code.public(room), "a room without public names is no room"
    assert code.untested(room) == []


def test_the_rule_sees_what_nobody_tests(tmp_path):
    files = {
        "imaging/a.py": "def tested(): helper()\ndef helper(): pass\ndef alone(): pass\ndef unused(): pass\n",
        "boost/b.py": "from imaging.a import tested, helper\nimport imaging.a as a\ndef _f(): a.alone()\n",
        "commands/c.py": "def run(): shown()\ndef shown(): pass\ndef hidden(): pass\n",
        "pipeline.py": "from commands.c import run, shown, hidden\napp.command('go')(run)\napp.command()(hidden)\n",
        "tests/imaging/test_a.py": "from imaging.a import tested\n",
        "tests/boost/test_b.py": "from imaging.a import alone\n",
        "tests/test_pipeline.py": "invoke('go', 1)\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert Code(tmp_path).untested("imaging") == ["imaging.a.alone"]
    assert Code(tmp_path).untested("commands") == ["commands.c.hidden"]
    (tmp_path / "tests/imaging/test_a.py").write_text("import imaging.a\nimaging.a.tested(imaging.a.alone)\n")
    assert Code(tmp_path).untested("imaging") == []
