"""Asking: which models, which images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from markupsafe import Markup
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.app_settings import LARGEST_UPLOAD
from app.page.html_parts import card_markup, care_box, heading
from app.page.session import settings, show_job, spool
from app.page.words import accuracy_words, cautions_of, training_words, with_interval
from app.work.bundle_facts import BundleFacts, read_facts
from app.work.folder_files import files_of_folder
from app.work.open_bundles import bundle_names, stamp_of
from app.work.spool import Upload
from imaging.errors import shown
from imaging.formats.endings import SUFFIXES

LOOK_AGAIN = 0.5  # seconds
SEEN = "seen"  # name and digest of the bundle that this session looked at last
ROUND = "round"  # of uploads in this session: each has a widget of its own, which ends with it


def show_ordering() -> None:
    """Choose a bundle, give images, ask."""
    st.html(heading("1 · Which models answer"))
    facts = _choose_bundle()
    st.html(heading("2 · Which images"))
    uploads = st.file_uploader(
        f"H&E images as they come from the microscope: {', '.join(suffix[1:] for suffix in SUFFIXES[:6])} …",
        accept_multiple_files=True,
        key=f"uploads {st.session_state.get(ROUND, 0)}",
        help=f"At most {LARGEST_UPLOAD} MiB each. They are deleted as soon as they are answered.",
    )
    files = _choose_files()
    maps = st.checkbox(
        "Show where in each image, too",
        help="Evidence maps: windows of the image, each answered by itself. Takes several times as long.",
    )
    count = len(uploads) + len(files)
    label = f"Answer for {count} image{'s' * (count != 1)}" if count else "Answer"
    key = f"answer by {facts.digest}" if facts is not None else None  # no click asks other models than those looked at
    if st.button(label, type="primary", disabled=facts is None or not count, key=key) and facts is not None:
        _order(facts, uploads, files, maps)


def _choose_bundle() -> BundleFacts | None:
    """The bundle that is looked at, with what is known of it; None while it cannot answer."""
    names = bundle_names(settings().models)
    if not names:
        st.info(
            "There are no bundles of models here yet. At the terminal, `python pipeline.py fit --name mine` makes one "
            "of the images that `extract` has described."
        )
        return None
    name = st.selectbox("Bundle of models", names, format_func=shown)
    facts = facts_now(name)
    if facts is None:
        spool().want(name)
        _wait_for(name)
        return None
    if facts.error:
        st.html(care_box(facts.error))
        return None
    _say_if_others(facts, names)
    st.html(_facts_markup(facts))
    for caution in cautions_of(facts):
        st.html(care_box(caution))
    with st.expander("The card of these models: what they were trained on, all that was measured, limits"):
        st.html(card_markup(facts.card))
    return facts


def _say_if_others(facts: BundleFacts, names: Sequence[str]) -> None:
    """Tell a visitor whose bundle was replaced or taken away that others stand there now."""
    name, digest = st.session_state.get(SEEN, (facts.name, facts.digest))
    st.session_state[SEEN] = (facts.name, facts.digest)
    if name not in names:
        st.html(care_box(f"The models {shown(name)} are not here any more; look at these, and choose."))
    elif name == facts.name and digest != facts.digest:
        st.html(care_box("These models were replaced a moment ago; look at their numbers, and ask again."))


def facts_now(name: str) -> BundleFacts | None:
    """What the worker says of the bundle that lies there now; None while it has not looked at this one."""
    facts = read_facts(spool().folder / "bundles", name)
    path = settings().models / f"{name}.zip"
    return facts if facts is not None and path.exists() and facts.stamp == stamp_of(path) else None


@st.fragment(run_every=LOOK_AGAIN)
def _wait_for(name: str) -> None:
    """Until the worker has opened a bundle."""
    if facts_now(name) is not None:
        st.rerun()
    st.info("The models are being opened …")


def _facts_markup(facts: BundleFacts) -> Markup:
    return Markup(
        '<div class="hb"><p><span class="hb-big">{}</span> measured accuracy</p><p>{}</p><p class="soft">{}</p></div>'
    ).format(with_interval(facts.accuracy), accuracy_words(facts), training_words(facts))


def _choose_files() -> list[Path]:
    """Files of the server's folder, where there is one: the browser names entries of our own list, never a path."""
    folder = settings().folder
    if folder is None:
        return []
    files = files_of_folder(folder)
    chosen = st.multiselect(
        f"Or images of the server's folder ({len(files)} there)", list(files), format_func=shown, key="files"
    )
    return [files[name] for name in chosen if name in files]


def _order(facts: BundleFacts, uploads: Sequence[UploadedFile], files: Sequence[Path], maps: bool) -> None:
    """Hand the images over to the worker, and let the server forget what was uploaded."""
    handed = [Upload(upload.name, upload.getbuffer()) for upload in uploads]
    job = spool().order(facts.name, handed, files, digest=facts.digest, maps=maps)
    forget_uploads(uploads)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    show_job(job)
    st.rerun()


def forget_uploads(uploads: Sequence[UploadedFile]) -> None:
    """Take uploads out of the server's memory: they lie in the private folder by now."""
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx()
    if context is not None:
        for upload in uploads:
            kept: Any = context.uploaded_file_mgr  # the one in memory, which forgets
            kept.remove_file(session_id=context.session_id, file_id=upload.file_id)
