"""Where in an image the models see what, and which training images lie nearest, as HTML."""

from markupsafe import Markup

from app.work.answer_record import AnswerRecord
from app.work.job import Job


def where_markup(job: Job, record: AnswerRecord) -> Markup:
    """What was made of an image beside its answer; nothing where nothing was asked for."""
    return Markup("")


def show_where(job: Job, record: AnswerRecord) -> None:
    """The same on the page."""
