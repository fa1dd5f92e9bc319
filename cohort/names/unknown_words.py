"""Words that people and programs write into a cell to say that nothing is known."""

import re
from unicodedata import normalize

from cohort.names.spelling import clean, with_plain_dashes

OF_PROGRAMS = ("na", "n/a", "n.a", "nan", "-nan", "nat", "nil", "none", "null", r"\n", "#n/a", "#na", "#nv")
OF_PEOPLE = ("unknown", "undefined", "unk", "missing", "unspecified", "unidentified", "withheld", "pending", "tbd")
NOBODY = ("no data", "no id", "no patient", "none given", "unknown patient", "unknown id", "patient unknown")
NAMELESS = ("anonymous", "anonymized", "anonymised")
NOT = (  # after "not"
    "available", "applicable", "known", "recorded", "reported", "specified", "given", "collected", "provided",
    "assigned",
)  # fmt: skip
ELSEWHERE = (
    "unbekannt", "k.a", "k. a", "inconnu", "inconnue", "desconocido", "sconosciuto", "onbekend", "неизвестно", "不明",
    "未知",
)  # fmt: skip
WORDS = frozenset((*OF_PROGRAMS, *OF_PEOPLE, *NOBODY, *NAMELESS, *ELSEWHERE, *(f"not {word}" for word in NOT)))
NO_WORD = re.compile(r"[-?.*/~_]*")  # what stands for nothing
EXCEL_ERROR = re.compile(r"#[a-z/0]+[!?]")  # such as #VALUE!


def is_unknown_word(text: str) -> bool:
    """Whether this is a word for unknown, in any case, in brackets or quotes; nothing at all is none.

    >>> [is_unknown_word(text) for text in ("NA", "<NA>", "[Not Available]", "--", "#REF!")]
    [True, True, True, True, True]
    >>> is_unknown_word(""), is_unknown_word("NA12"), is_unknown_word("-1")
    (False, False, False)
    """
    plain = with_plain_dashes(normalize("NFKC", clean(text))).casefold()
    word = re.sub(r"[\s_]+", " ", plain.strip("[](){}<>'\"")).strip()
    if NO_WORD.fullmatch(word) or EXCEL_ERROR.fullmatch(word):
        return plain != ""
    return word.rstrip(".") in WORDS
