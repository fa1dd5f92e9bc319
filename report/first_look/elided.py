"""Names that others chose, in the room that a screen has."""

from imaging.errors import shown

GAP = "…"


def elided(name: object, most: int) -> str:
    """A name of at most so many letters: its beginning and its end, since names often differ in either.

    >>> elided("ductal carcinoma in situ", 12), elided("benign", 12)
    ('ductal… situ', 'benign')
    """
    whole = shown(name)
    if len(whole) <= most:
        return whole
    end = (most - 1) // 2
    return f"{whole[: most - 1 - end]}{GAP}{whole[len(whole) - end :]}"
