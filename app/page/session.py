"""What a run of the page's script needs to know: the settings, the private folder, and who is looking."""

import os
from hmac import compare_digest
from time import sleep

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.app_settings import SETTINGS, AppSettings
from app.work.job import Job
from app.work.spool import Spool

ALLOWED, JOB = "allowed", "job"  # of the session; in the address of the page
WAIT = 1.0  # seconds after a wrong token
ENTERED: set[str] = set()  # IDs of the sessions that know the token: uploads of others are not kept, see app/serve.py


@st.cache_resource(max_entries=1)
def _settings(path: str) -> AppSettings:
    return AppSettings.read(path)


def settings() -> AppSettings:
    """What the command was asked."""
    return _settings(os.environ[SETTINGS])


def spool() -> Spool:
    """The folder that the worker looks at too."""
    return Spool(settings().spool)


def current_job() -> Job | None:
    """The job whose ID stands in the page's address: another tab with the same address shows the same."""
    return spool().find(st.query_params.get(JOB, ""))


def show_job(job: Job | None) -> None:
    """Look at another job from now on, or at none."""
    st.query_params.clear()
    if job is not None:
        st.query_params[JOB] = job.id


def is_allowed() -> bool:
    """Whether this visitor may see more than the question for the token, which is asked here."""
    token = settings().token
    if not token or st.session_state.get(ALLOWED):
        return True
    with st.form("token"):
        given = st.text_input("Token", type="password", help="Whoever runs this page has it.")
        sent = st.form_submit_button("Enter")
    if sent and compare_digest(given.encode(errors="replace"), token.encode(errors="replace")):
        st.session_state[ALLOWED] = True
        context = get_script_run_ctx()
        if context is not None:
            ENTERED.add(context.session_id)
        st.rerun()
    if sent:
        sleep(WAIT)
        st.error("This is not the token.")
    return False
