"""Every notice is of a kind that the docs explain, every kind is used, and nothing warns in any other way."""

import ast
import pickle
import re
from pathlib import Path

import pytest

from cohort.checks.notices import KINDS, Notice

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("imaging", "cohort", "featurize", "boost", "report", "finetune", "workflow", "commands")
PAGE = (ROOT / "docs" / "WARNINGS.md").read_text()
SOURCES = [*(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))), ROOT / "pipeline.py",
           ROOT / "histoboost.py"]  # fmt: skip
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in SOURCES}


def calls(name, trees=TREES):
    """Every call of a function of this name, whoever's it is, with the file that it stands in."""
    for file, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name:
                yield file, node


def kinds_in_code():
    """The kind of every notice that the program makes, which is written out where it is made."""
    for _, node in calls("Notice"):
        yield ast.literal_eval(node.args[0]) if isinstance(node.args[0], ast.Constant) else None


def names_of_notices(trees=TREES):
    """Functions that return notices, and fields that hold them, by their annotations."""
    names = set()
    for tree in trees.values():
        for node in ast.walk(tree):
            annotation, name = None, None
            if isinstance(node, ast.FunctionDef):
                annotation, name = node.returns, node.name
            elif isinstance(node, ast.AnnAssign | ast.arg):
                annotation = node.annotation
                name = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
            if annotation is not None and "Notice" in ast.unparse(annotation):
                names.add(name)
    return names


def is_made_of_notices(node, names):
    """Whether an expression is a notice, a list of them, or something that an annotation says is one."""
    if isinstance(node, ast.List | ast.Tuple):
        return all(is_made_of_notices(part, names) for part in node.elts)
    if isinstance(node, ast.Starred):
        return is_made_of_notices(node.value, names) or isinstance(node.value, ast.Name)
    called = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(called).rpartition(".")[2] in {"Notice"} | names


def texts(tree):
    """Every text in a file that is no docstring, with its line; of a formatted one the part in front."""
    docstrings = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            docstrings.add(id(body[0].value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def says_so_itself(text):
    """Whether a text warns in words of its own rather than as a notice."""
    return re.match(r"\W*(warning|note|caution|attention|beware)\b\s*[:!]", text, re.IGNORECASE) is not None


def test_the_docs_explain_every_kind_and_no_other():
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert headings == list(KINDS) == sorted(KINDS)


def test_every_entry_says_what_to_do():
    for entry in re.split(r"^#{2,3} ", PAGE, flags=re.MULTILINE)[1:]:
        heading, _, text = entry.partition("\n")
        assert len(text.split("\n# ")[0].split()) >= 2, heading


def test_every_kind_is_made_somewhere():
    assert set(kinds_in_code()) - {None} == set(KINDS)


def test_no_text_says_that_it_is_a_warning_or_a_note():
    said = [f"{file}:{line}" for file, tree in TREES.items() for line, text in texts(tree) if says_so_itself(text)]
    assert said == []


def test_whoever_warns_hands_on_notices():
    names = names_of_notices()
    others = [
        f"{file}: {ast.unparse(call)}" for file, call in calls("warn") if not is_made_of_notices(call.args[0], names)
    ]
    assert others == []


@pytest.mark.parametrize(
    "code",
    [
        'warn(["sentence"])',
        "warn([sentence])",
        'warnings.warn("careful")',
        "warn(sentences)",
        "warn([Notice('small-class', 'x'), 'another'])",
    ],
)
def test_the_rule_sees_what_is_no_notice(code):
    [(_, call)] = calls("warn", {"x.py": ast.parse(code)})
    assert not is_made_of_notices(call.args[0], names_of_notices())


@pytest.mark.parametrize("text", ["warning: few images", "Note: few", "  WARNING: x", "⚠ caution! x"])
def test_the_rule_sees_a_text_that_warns(text):
    assert says_so_itself(text)
    tree = ast.parse(f'"""note: a docstring"""\nprint(f"{text}{{n}}")')
    assert [found for _, found in texts(tree) if says_so_itself(found)] == [text]


def sentences_of(function):
    """How many sentences a function adds to the list that it returns, or names in it."""
    returns = [node for node in ast.walk(function) if isinstance(node, ast.Return)]
    value = max(returns, key=lambda node: node.lineno).value
    lists = [value, *[node.value for node in ast.walk(value) if isinstance(node, ast.Starred)]]
    appended = [f"{node.id}.append" for node in lists if isinstance(node, ast.Name)]
    named = [element for node in ast.walk(value) if isinstance(node, ast.List) for element in node.elts]
    calls_of = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    added = [node for node in calls_of if ast.unparse(node.func) in appended]
    return len(added) + len([element for element in named if not isinstance(element, ast.Starred)])


def test_every_sentence_to_read_with_care_is_explained():
    """Each that is added to the list, here or by those that it is extended with, has an entry of the page."""
    functions = {}
    for file in ("report/page/headline.py", "report/guess/cautions.py"):
        functions |= {node.name: node for node in ast.walk(TREES[file]) if isinstance(node, ast.FunctionDef)}
    first = functions["cautions_of"]
    extended = [ast.unparse(node.value.func) for node in ast.walk(first) if isinstance(node, ast.AugAssign)]
    assert extended == ["audit_words", "guess_words", "few_images_words", "few_patients_words", "label_words"]
    counts = [sentences_of(functions[name]) for name in ("cautions_of", *extended)]
    assert len(headings_below("Read with care")) == sum(counts)


def test_everything_that_doctor_looks_at_is_explained():
    doctor = {file: tree for file, tree in TREES.items() if file.startswith("commands/doctor/")}
    whats = [call.args[0] for _, call in calls("Check", doctor)]
    literal = {what.value for what in whats if isinstance(what, ast.Constant)}
    assert {ast.unparse(what) for what in whats if not isinstance(what, ast.Constant)} == {"what"}, "weights of NETWORK"
    assert set(headings_below("Doctor")) == literal | {"weights"}


def headings_below(part):
    """The entries of one part of the page."""
    [text] = re.findall(rf"^# {part}\n(.*?)(?=^# |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(r"^### (.+)$", text, re.MULTILINE)


def test_a_notice_is_its_sentence_and_knows_its_level():
    notice = Notice("small-class", "classes with fewer images")
    assert (notice, notice.kind, notice.level) == ("classes with fewer images", "small-class", "warning")
    with pytest.raises(KeyError):
        Notice("no-such-kind", "")


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_worker_process_can_send_a_notice(protocol):
    notice = Notice("slower-network", "it runs in PyTorch")
    sent = pickle.loads(pickle.dumps(notice, protocol))  # noqa: S301
    assert (sent, sent.kind, sent.level, type(sent)) == (notice, notice.kind, notice.level, Notice)
