"""One answer as HTML: picture, class, probabilities as bars, and what makes it doubtful."""

from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

from markupsafe import Markup

from app.page.words import call_words, notes_of, per_cent
from app.work.answer_record import AnswerRecord
from app.work.bundle_facts import BundleFacts
from app.work.job import PICTURES, Job
from imaging.errors import shown


def answer_card(job: Job, record: AnswerRecord, facts: BundleFacts, threshold: float) -> Markup:
    """The card of an image in the list."""
    answer = record.answer
    if answer.error:
        return Markup(
            '<article class="hb hb-card doubtful"><div class="hb-none">no picture</div><div>'
            '<p class="hb-name">{}</p><p class="hb-class">No answer</p><ul class="hb-notes"><li class="care">{}</li>'
            "</ul></div></article>"
        ).format(shown(answer.image), answer.error)
    notes = notes_of(record, facts)
    doubtful = " doubtful" if any(care for care, _ in notes) else ""
    return Markup('<article class="hb hb-card{}">{}<div><p class="hb-name">{}</p>{}{}{}</div></article>').format(
        doubtful,
        small_copy(job, record),
        shown(answer.image),
        class_line(record),
        bars(record, facts, threshold),
        notes_list(notes, looked_at(record)),
    )


def class_line(record: AnswerRecord) -> Markup:
    """The class and how probable it is."""
    return Markup('<p class="hb-class">{} <span class="share">{}</span></p>').format(
        shown(record.answer.label), per_cent(record.certainty)
    )


def bars(record: AnswerRecord, facts: BundleFacts, threshold: float) -> Markup:
    """A bar for the calibrated probability of each class; then, for two classes, the score beside the threshold."""
    answer = record.answer
    rows = [
        _bar(name, answer.calibrated.get(name, 0.0), "first" if name == answer.label else "") for name in facts.classes
    ]
    if facts.positive and answer.score is not None:
        mark = Markup('<i style="left: calc({:.1f}% - .08rem)"></i>').format(100 * threshold)
        rows.append(_bar("score", answer.score, "", f"{answer.score:.2f}", mark))
    listed = Markup('<ul class="hb-bars" aria-label="Calibrated probability of each class">{}</ul>').format(_all(rows))
    if not facts.positive:
        return listed
    return listed + Markup('<p class="soft">{}</p>').format(call_words(answer, facts, threshold))


def _bar(name: str, share: float, style: str, value: str = "", mark: str = "") -> Markup:
    value = value or per_cent(share)
    return Markup(
        '<li><span>{}</span><span class="hb-bar {}" role="img" aria-label="{}: {}"><span style="width: {:.1f}%"></span>'
        '{}</span><span class="n" aria-hidden="true">{}</span></li>'
    ).format(shown(name), style, shown(name), value, 100 * share, mark, value)


def notes_list(notes: Iterable[tuple[bool, str]], last: str) -> Markup:
    """Sentences, those that are reasons to doubt marked by a sign and by bold type."""
    items = [Markup("<li{}>{}</li>").format(Markup(' class="care"') if care else "", text) for care, text in notes]
    return Markup('<ul class="hb-notes">{}</ul><p class="soft">{}</p>').format(_all(items), last)


def looked_at(record: AnswerRecord) -> str:
    """How much of an image was looked at."""
    answer = record.answer
    return f"{answer.views} views looked at in {answer.seconds:.1f} s · {record.width} × {record.height} pixels"


def small_copy(job: Job, record: AnswerRecord) -> Markup:
    """The image that was answered, made small."""
    return picture(job, f"{record.number:04}.jpg", f"Small copy of {shown(record.answer.image)}")


def picture(job: Job, name: str, words: str) -> Markup:
    """A picture that the worker made for a job, within the page; `words` say what is to be seen."""
    source = image_address(job.folder / PICTURES / name)
    if source is None:
        return Markup('<div class="hb-none">no picture</div>')
    return Markup('<img src="{}" alt="{}">').format(source, words)


def image_address(file: Path) -> str | None:
    """A picture of ours as an address that needs no second request; None where there is none."""
    if not file.is_file():
        return None
    kind = "jpeg" if file.suffix == ".jpg" else "png"
    return f"data:image/{kind};base64,{b64encode(file.read_bytes()).decode()}"


def _all(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)
