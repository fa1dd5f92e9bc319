"""Names of patients and classes as people type them: what is no part of a name, and when two names may be one."""

import re
from unicodedata import category, decimal, normalize

MARKS = re.compile("[\u0300-\u036f]")  # accents, once they are split off (NFKD)
# Unicode's default ignorable code points that are no format characters (category Cf), such as variation selectors
IGNORABLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")
OTHER_DASHES = "\u2212\u02d7\u2043\u2500"  # minus, modifier minus, hyphen bullet, a line of a box: no dashes in Unicode
# Cyrillic and Greek letters that look as Latin ones do, and the Arabic point and comma
CYRILLIC = "АВЕКМНОРСТУХІЈЅаеорсухіјѕ", "ABEKMHOPCTYXIJSaeopcyxijs"
GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧον", "ABEZHIKMNOPTYXov"
ARABIC = "\u066b\u066c", ".,"
LOOK = {odd: plain for odds, plains in (CYRILLIC, GREEK, ARABIC) for odd, plain in zip(odds, plains, strict=True)}
QUOTES = "'\"`\u00b4\u2018\u2019\u201c\u201d"
THOUSANDS = re.compile(r"(?<![\d.,'])(\d{1,3})((?:[,'\u2019]\d{3})+)(?![\d.,'])")
EXPONENT = re.compile(r"(\d)(?:[.,](\d+))?e\+(\d{1,2})")  # as Excel shows long numbers
NO_FRACTION = re.compile(r"(?<![\d.,])(\d+)[.,]0+(?![\d.,])")
LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
BETWEEN = re.compile(r"(?:[^\w+<>\u2264\u2265%]|_)+")  # punctuation, but for signs that make another name, as in ER+
BARCODE = re.compile(r"(TCGA-[A-Z0-9]{2}-[A-Z0-9]{4})(-.*)?")


def clean(text: str) -> str:
    """A name without what nobody sees: spaces around it, and format and control characters anywhere; Unicode NFC.

    >>> clean("  P1\\u200b "), clean("\\ufeffP\\u00ad1"), clean("P 1")
    ('P1', 'P1', 'P 1')
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    seen = [character for character in text if character.isspace() or category(character) not in ("Cf", "Cc")]
    return normalize("NFC", IGNORABLE.sub("", "".join(seen)).strip())


def with_plain_dashes(text: str) -> str:
    """Every kind of dash as the one on the keyboard.

    >>> with_plain_dashes("P\\u20131 \\u2212 2")
    'P-1 - 2'
    """
    return "".join("-" if is_odd_dash(character) else character for character in text)


def is_odd_dash(character: str) -> bool:
    """Whether this is a dash, but not the one on the keyboard."""
    return character != "-" and (category(character) == "Pd" or character in OTHER_DASHES)


def appearance(text: str) -> str:
    """A name as it looks in print: other dashes as the one on the keyboard, Cyrillic and Greek letters as Latin ones.

    >>> appearance("\u0420\u20111")
    'P-1'
    """
    return "".join(LOOK.get(character, character) for character in with_plain_dashes(text))


def likeness(text: str) -> str:
    """What two names share that may be one: the letters, the numbers, and where one number ends and the next begins.

    Case, accents, spaces, dashes, scripts of digits, leading zeros and a fraction of zeros are habits of typing.

    >>> {likeness(text) for text in ("P 007", "p-7", "P7.0", "\\uff30\\uff17", "p_07")}
    {'p7'}
    >>> likeness("1-1"), likeness("1.10"), likeness("11"), likeness("-1"), likeness("ER+"), likeness("ER-")
    ('1-1', '1-10', '11', '-1', 'er+', 'er-')
    """
    name = clean(text)
    plain = name if name.isascii() else _plain_characters(name)
    joined = "".join(plain.split()).casefold()
    numbered = _whole_numbers(joined.strip(QUOTES + "="))
    before = "-" if re.match(r"-\d", numbered) else ""
    after = "-" if re.search(r"\w-$", numbered) else ""
    parts = [part for part in BETWEEN.split(numbered) if part]
    return before + "".join(_joints(parts)) + after


def _plain_characters(name: str) -> str:
    """A name in capitals without accents, with the digits, dashes and look-alike letters of the keyboard."""
    letters = MARKS.sub("", normalize("NFKD", name.upper()))
    digits = "".join(str(decimal(letter, letter)) for letter in letters)
    return appearance(digits)


def _whole_numbers(text: str) -> str:
    """7.0, 007 and 7 as 7; 1,000 and 1'000 as 1000; 1.2E+05 as 120000."""
    exponent = EXPONENT.fullmatch(text)
    if exponent:
        return _written_out(*exponent.groups(default=""))
    text = THOUSANDS.sub(lambda match: match[1] + re.sub(r"\D", "", match[2]), text)
    return LEADING_ZEROS.sub("", NO_FRACTION.sub(r"\1", text))


def _written_out(digit: str, fraction: str, exponent: str) -> str:
    digits = (digit + fraction.rstrip("0")).ljust(1 + int(exponent), "0")
    whole, rest = digits[: 1 + int(exponent)], digits[1 + int(exponent) :]
    return f"{whole}.{rest}" if rest else whole


def _joints(parts: list[str]) -> list[str]:
    """The parts, with a dash between two of them where both sides of it are digits."""
    joined: list[str] = []
    for part in parts:
        if joined and joined[-1][-1].isdigit() and part[0].isdigit():
            joined.append("-")
        joined.append(part)
    return joined


def barcode_participant(text: str) -> str:
    """The participant of a TCGA barcode, its first 12 characters in capitals; "" for any other text.

    >>> barcode_participant("tcga-a1-a0sk-01Z-00-DX1"), barcode_participant("A0SK")
    ('TCGA-A1-A0SK', '')
    """
    dashed = re.sub("[_.]", "-", with_plain_dashes(normalize("NFKC", clean(text)))).upper()
    match = BARCODE.fullmatch(dashed)
    return match[1] if match else ""


def same_person(text: str) -> str:
    """The key under which two names may be of one patient: the participant of a TCGA barcode, else the likeness."""
    return barcode_participant(text) or likeness(text)
