"""Names of patients and classes as cells of a table have them: what is kept of them, and what a reader is told."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from unicodedata import normalize

from cohort.checks.notices import Notice, Warn, unsaid
from cohort.files.offenders import some
from cohort.names.spelling import appearance, clean
from cohort.names.unknown_words import is_unknown_word

SHOWN = 5


def patients_in_cells(
    written: Sequence[str], source: str, warn: Warn = unsaid, patients_as_written: bool = False
) -> list[str]:
    """The patients that the cells of a column name, "" where unknown; an entry for each cell.

    Words for unknown count as unknown, unless patients are as written. `source` is how the table is called.
    """
    patients = names_in_cells(written, "patients", source, warn)
    if patients_as_written:
        return patients
    counts = words_for_unknown(patients)
    if counts:
        examples = some([f"{word!r} {count}" for word, count in counts.items()], SHOWN)
        sentence = (
            f"{source}: {counts.total()} rows have a word for unknown in place of a patient ({examples}) and count as "
            "of unknown patients; if these are names of patients, say so (--patients-as-written)"
        )
        warn([Notice("patient-is-a-word-for-unknown", sentence)])
    return ["" if patient in counts else patient for patient in patients]


def names_in_cells(written: Sequence[str], what: str, source: str, warn: Warn = unsaid) -> list[str]:
    """The names in the cells of a column, without what nobody sees; `what` they are, in the plural.

    Says which names were written with such characters and without, or with others.
    """
    name_of = {cell: clean(cell) for cell in set(written)}
    spellings = defaultdict(set)
    for cell, name in name_of.items():
        spellings[name].add(normalize("NFC", cell.strip()))
    merged = sorted(sorted(group) for group in spellings.values() if len(group) > 1)
    if merged:
        sentence = (
            f"{source}: {what} written in two ways, with and without characters that nobody sees, are taken as one: "
            f"{groups_in_words(merged)}; delete those characters, or write two names where two are meant"
        )
        warn([Notice("invisible-characters", sentence)])
    return [name_of[cell] for cell in written]


def words_for_unknown(names: Iterable[str]) -> Counter[str]:
    """How often each word for unknown stands among the names, in alphabetical order."""
    counts = Counter(names)
    return Counter({name: counts[name] for name in sorted(counts) if is_unknown_word(name)})


def names_by(names: Iterable[str], key: Callable[[str], str]) -> list[list[str]]:
    """The names that share a key, in order, a group for each key that several have; "" is no key."""
    by_key = defaultdict(set)
    for name in names:
        by_key[key(name)].add(name)
    by_key.pop("", None)
    return sorted(sorted(group) for group in by_key.values() if len(group) > 1)


def groups_in_words(groups: Sequence[Sequence[str]], shown: int = 5) -> str:
    """The first few groups of names, and how many more there are.

    >>> groups_in_words([["001", "1"], ["002", "02", "2"]])
    "'001' and '1'; '002', '02' and '2'"
    """
    words = "; ".join(both_words(group) for group in groups[:shown])
    left = len(groups) - shown
    return f"{words}; and {left} more" if left > 0 else words


def both_words(names: Iterable[str]) -> str:
    """Several names in words; characters that nobody sees, or that look as others do, by their code.

    >>> both_words(["1", "001"]), both_words(["P-1", "P\u20111"])
    ("'001' and '1'", "'P-1' and 'P\u20111' (U+2011)")
    """
    in_order = sorted(names)
    looks = Counter(appearance(name) for name in in_order)
    quoted = []
    for name in in_order:
        codes = _odd_codes(name) if looks[appearance(name)] > 1 else ""
        quoted.append(repr(name) + codes)
    if len(quoted) > SHOWN + 1:
        quoted = [*quoted[:SHOWN], f"{len(quoted) - SHOWN} more"]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _odd_codes(name: str) -> str:
    """The codes of the characters that look as others do."""
    odd = [character for character in name if appearance(character) != character]
    return f" ({', '.join(f'U+{ord(character):04X}' for character in odd)})" if odd else ""
