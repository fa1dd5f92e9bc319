"""The worst mistakes on the page, each with its image where that is at hand."""

from collections.abc import Mapping

from report.answers import Answers
from report.markup import Html, element, joined
from report.mistakes import Mistake, mistakes_sentence, worst_mistakes
from report.svg import data_address


def gallery(answers: Answers, thumbnails: Mapping[str, bytes | None]) -> Html:
    """The worst mistakes as a numbered row of images; `thumbnails` are JPEG files by the image's name."""
    found = worst_mistakes(answers)
    words = element("p", mistakes_sentence(answers, found), class_="how")
    sides = answers.probabilities is None
    cards = [card(rank, one, thumbnails.get(one.image), sides) for rank, one in enumerate(found or [], 1)]
    return joined([words, element("ol", cards, class_="errors") if cards else None])


def card(rank: int, found: Mistake, thumbnail: bytes | None, sides: bool) -> Html:
    """One mistake: image or placeholder, what was said, and of which image."""
    true = "true side" if sides else "true class"
    said = f"answered with {100 * found.certainty:.1f} %, {true} {100 * found.true_probability:.1f} %"
    of = f"fold {found.fold}" + (f", patient {found.patient}" if found.patient else ", patient unknown")
    return element(
        "li",
        shown(found, thumbnail),
        element("p", f"{rank}. {found.label} → {found.predicted}", class_="rank"),
        element("p", said),
        element("p", found.image, class_="name"),
        element("p", of, class_="of"),
        "\n",
    )


def shown(found: Mistake, thumbnail: bytes | None) -> Html:
    """The image, or words in its place. Raises ValueError where the bytes are no JPEG file."""
    if thumbnail is None:
        return element("div", "image not at hand", class_="none")
    if not thumbnail.startswith(b"\xff\xd8\xff"):
        raise ValueError(f"the thumbnail of {found.image} must be the bytes of a JPEG file; make it with thumbnail()")
    alt = f"{found.image}: {found.label}, taken for {found.predicted}"
    return element("img", src=data_address(thumbnail, "jpeg"), alt=alt, width=240, height=180)
