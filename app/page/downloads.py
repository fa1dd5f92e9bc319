"""What can be taken along: the table of predict, the same as JSON, and pages to print."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from math import isfinite

import streamlit as st

from app.page.html_parts import heading
from app.page.printable_page import printable_page
from app.page.where_view import where_markup
from app.page.words import BANNER
from app.work.answer_record import AnswerRecord
from app.work.bundle_facts import BundleFacts
from app.work.job import Job
from cohort.predictions import table_bytes
from workflow.answers_csv import answers_table

ENDS = ("value", "low", "high")  # of an interval


def show_downloads(job: Job, records: Sequence[AnswerRecord], facts: BundleFacts, threshold: float) -> None:
    """Buttons; each file is made when it is asked for."""
    in_order = sorted(records, key=lambda record: record.number)
    st.html(heading("Take along"))
    with st.container(horizontal=True):
        _download("Table (CSV)", partial(csv_of, in_order, facts), "answers.csv", "text/csv")
        _download("JSON", partial(json_of, job, in_order, facts), "answers.json", "application/json")
        everything = partial(printable_page, job, in_order, facts, threshold)
        _download("Pages to print", everything, "answers.html", "text/html")
    st.html(heading("One image"))
    numbers = [record.number for record in in_order]
    by_number = {record.number: record for record in in_order}
    number = st.selectbox(
        "Image", numbers, format_func=lambda number: f"{number + 1} · {by_number[number].answer.image}", key="one"
    )
    record = by_number[number]
    if not record.answer.error:
        st.html(where_markup(job, record))
    one = partial(printable_page, job, [record], facts, threshold)
    _download("Its page to print", one, f"answer-{number + 1}.html", "text/html", key="one page")


def _download(label: str, made: partial, name: str, kind: str, key: str | None = None) -> None:
    st.download_button(label, made, name, kind, key=key, on_click="ignore", icon=":material/download:")


def csv_of(records: Sequence[AnswerRecord], facts: BundleFacts) -> bytes:
    """The table that the command predict writes of the same answers, to the byte."""
    return table_bytes(answers_table([record.answer for record in records], facts.classes))


def json_of(job: Job, records: Sequence[AnswerRecord], facts: BundleFacts) -> bytes:
    """The same and more for programs."""
    whole = {
        "note": BANNER,
        "bundle": facts.name,
        "bundle_sha256": job.begun.get("bundle", ""),
        "classes": facts.classes,
        "accuracy": {end: share if isfinite(share) else None for end, share in zip(ENDS, facts.accuracy, strict=True)},
        "answers": [asdict(record.answer) for record in records],
    }
    return (json.dumps(whole, indent=1) + "\n").encode()
