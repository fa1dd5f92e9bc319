"""The frame of the page: what it is, what it is not, and which of its views is looked at."""

from pathlib import Path

import numpy as np
import streamlit as st
from markupsafe import Markup
from PIL import Image

from app.app_settings import for_visitors
from app.page.answers_view import show_answers
from app.page.html_parts import care_box
from app.page.ordering_view import show_ordering
from app.page.runs.run_view import show_runs
from app.page.session import current_job, is_allowed, settings
from app.page.words import BANNER
from imaging.errors import HistoboostError

STYLE = Path(__file__).with_name("look.css")
ANSWER, RUNS = "Answer for images", "Look at a run"  # the views


def _icon() -> Image.Image:
    """A nucleus for the tab: a picture of ours, since others would be fetched from outside."""
    rows, columns = np.mgrid[:32, :32] - 15.5
    pixels = np.full((32, 32, 3), 255, np.uint8)
    pixels[rows**2 + columns**2 < 15**2] = (0, 114, 178)
    pixels[(rows + 3) ** 2 + (columns - 3) ** 2 < 5**2] = (255, 255, 255)
    return Image.fromarray(pixels)


def show_page() -> None:
    """All of it."""
    st.set_page_config(page_title="histoboost", page_icon=_icon(), layout="centered")
    st.html(STYLE)
    st.html(Markup('<div class="hb-banner" role="note">{}</div>').format(BANNER))
    st.html(
        '<div class="hb hb-title"><h1>histoboost</h1><p class="soft">What trained models say of your H&amp;E '
        "images, and how far to trust it</p></div>"
    )
    if not is_allowed():
        return
    view = st.radio("View", [ANSWER, RUNS], horizontal=True, label_visibility="collapsed", key="view")
    try:
        if view == RUNS:
            show_runs()
        elif (job := current_job()) is not None:
            show_answers(job)
        else:
            show_ordering()
    except (HistoboostError, OSError) as error:
        st.html(care_box(for_visitors(error, settings().results, settings().spool)))
