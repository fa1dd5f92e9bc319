"""What became of an order: how far it is, the answers by doubt, what can be taken along."""

from collections.abc import Callable, Sequence
from time import monotonic, sleep, time

import streamlit as st
from markupsafe import Markup

from app.page.answer_card import answer_card
from app.page.downloads import show_downloads
from app.page.html_parts import care_box
from app.page.session import show_job, spool
from app.page.threshold_view import show_threshold
from app.page.words import accuracy_words, cautions_of, reading_words, time_words
from app.work.answer_record import AnswerRecord
from app.work.bundle_facts import BundleFacts, read_facts
from app.work.job import FAILED, STOPPED, Job
from app.work.spool import forget
from imaging.errors import shown

LOOK_AGAIN = 0.25  # seconds between two looks at a job
MOMENT = 1.2  # seconds
SHOW_AGAIN = 6.0  # seconds between two drawings of the answers so far
ON_A_PAGE = 10
ALL, NO_ANSWER = "all", "no answer"
ORDERS: dict[str, Callable[[AnswerRecord], object]] = {
    "Most doubtful first": lambda record: tuple(-part for part in record.doubt),
    "As they were given": lambda record: record.number,
    "By class": lambda record: (record.answer.label, record.number),
}


def show_answers(job: Job) -> None:
    """A job at whatever stage it is."""
    if len(job.images) == 1:
        _wait_a_moment(job)
    facts = read_facts(job.folder, job.order["bundle"])  # as they were when it began
    records = job.answers
    _head(job, facts)
    if not job.end:
        _watch(job, len(records), time())
    elif job.end["state"] == FAILED:
        st.html(care_box(job.end["error"]))
    elif job.end["state"] == STOPPED:
        st.info(f"Stopped: {len(records)} of {len(job.images)} images are answered.")
    if facts is None or not records:
        return
    used = job.begun.get("bundle", "")
    if used not in ("", job.order.get("digest")):
        st.warning("The bundle was replaced after you chose it: these are the answers of the new one.")
    for caution in cautions_of(facts):
        st.html(care_box(caution))
    threshold = show_threshold(facts, job.folder)
    _list(job, records, facts, threshold)
    if job.end:
        show_downloads(job, records, facts, threshold)


def _wait_a_moment(job: Job) -> None:
    """Give a single image, which takes about as long, the time to be answered before anything is drawn."""
    deadline = monotonic() + MOMENT
    while not job.has_ended and monotonic() < deadline:
        sleep(0.02)


def _head(job: Job, facts: BundleFacts | None) -> None:
    """What this is, and the ways on."""
    images = f"{len(job.images)} image{'s' * (len(job.images) != 1)}"
    measured = "" if facts is None else accuracy_words(facts)
    head = Markup('<div class="hb"><h2>{}, answered by the models {}</h2><p class="soft">{}</p></div>')
    st.html(head.format(images, shown(job.order["bundle"]), measured))
    with st.container(horizontal=True):
        if st.button("New images", icon=":material/add:"):
            show_job(None)
            st.rerun()
        if job.end and st.button(
            "Forget these", icon=":material/delete:", help="Deletes these answers and small copies at once."
        ):
            forget(job)
            show_job(None)
            st.rerun()


@st.fragment(run_every=LOOK_AGAIN)
def _watch(job: Job, drawn: int, since: float) -> None:
    """How far a job is; draws the whole page again for its first answers, now and then, and at its end."""
    answered, count = len(job.answers), len(job.images)
    is_due = answered > drawn and (not drawn or time() - since > SHOW_AGAIN)
    if job.end or is_due:
        st.rerun()
    st.progress(answered / count, _progress_words(job, answered, count))
    if job.is_stopped:
        st.caption("Stopping after the images that are being looked at …")
    elif st.button("Stop", icon=":material/stop:"):
        job.stop()
        st.rerun(scope="fragment")


def _progress_words(job: Job, answered: int, count: int) -> str:
    left = job.seconds_left(answered)
    words = f"{answered} of {count} answered"
    if left is not None:
        return f"{words}, about {time_words(left)} left"
    ahead = spool().ahead_of(job)
    if not job.begun and ahead:
        return f"{words}; {ahead} other order{'s' * (ahead != 1)} in the queue, taking turns with yours"
    return words


def _list(job: Job, records: Sequence[AnswerRecord], facts: BundleFacts, threshold: float) -> None:
    """The cards, some at a time."""
    answered = {record.answer.label for record in records}
    with st.container(horizontal=True):
        order = st.selectbox("Order", list(ORDERS), key="order")
        classes = [name for name in facts.classes if name in answered]
        only = st.selectbox("Show", [ALL, *classes, NO_ANSWER], format_func=shown, key="only")
    kept = []
    for record in records:
        if only in (ALL, record.answer.label or NO_ANSWER):
            kept.append(record)
    kept.sort(key=ORDERS[order])  # type: ignore[arg-type]
    first = _first_of_page(len(kept), f"page {job.id} {only}")
    st.html(Markup('<div class="hb"><p class="soft">{}</p></div>').format(reading_words(facts)))
    for record in kept[first : first + ON_A_PAGE]:
        st.html(answer_card(job, record, facts, threshold))


def _first_of_page(count: int, key: str) -> int:
    """Which of so many cards is the first that is shown; asks for the page where there are several."""
    pages = -(-count // ON_A_PAGE)
    if pages < 2:
        return 0
    page = st.number_input(f"Page, of {pages}", 1, pages, key=key)
    return (page - 1) * ON_A_PAGE
