"""Laws of what libraries say: it arrives in our form, once, or not at all where it is left out by name."""

import logging
import warnings

import pytest

from cohort.checks.library_warnings import LEFT_OUT, as_notice, library_of, library_warnings
from cohort.checks.notices import Notice


@pytest.fixture
def told():
    """What was told, while warnings are collected."""
    notices = []
    with library_warnings(notices.append):
        warnings.simplefilter("always")
        yield notices


def warned(library, text, category=UserWarning):
    """Warn as a library would."""
    warnings.warn_explicit(text, category, f"/somewhere/site-packages/{library}/deep/file.py", 1)


@pytest.mark.parametrize("library", ["torch", "timm", "huggingface_hub", "h5py", "PIL", "joblib", "another"])
def test_warnings_and_logs_of_a_library_arrive_in_our_form(library, told, capsys):
    warned(library, "something\nis odd")
    logging.getLogger(f"{library}.models").warning("%d things", 3)
    logging.getLogger(library).error("worse")
    assert told == [f"{library} says: something is odd", f"{library} says: 3 things", f"{library} says: worse"]
    assert {notice.kind for notice in told} == {"library-warning"}
    assert capsys.readouterr() == ("", "")


def test_a_sentence_arrives_once_and_what_is_for_developers_never(told):
    for _ in range(3):
        warned("torch", "again")
        logging.getLogger("torch").warning("again")
    for category in (DeprecationWarning, FutureWarning, PendingDeprecationWarning, ResourceWarning):
        warned("torch", "gone soon", category)
    logging.getLogger("torch").info("by the way")
    assert told == ["torch says: again"]


def test_our_own_notices_stay_what_they_are(told):
    notice = Notice("gpu-memory-short", "GPU memory is short")
    warnings.warn(notice, stacklevel=1)
    assert told == [notice] and told[0].kind == "gpu-memory-short"


@pytest.mark.parametrize(("library", "text"), [
    ("joblib", "A worker stopped while some jobs were given to the executor. This can be caused by a too short worker"),
    ("joblib", "3 tasks have been cancelled"), ("PIL", "Corrupt EXIF data.  Expecting to read 4 bytes"),
    ("PIL", "Truncated File Read"), ("timm", "Overwriting vit_tiny in registry with other"),
    ("huggingface_hub", "You are sending unauthenticated requests to the HF Hub.")])  # fmt: skip
def test_what_is_left_out_by_name_never_arrives(library, text, told):
    warned(library, text)
    logging.getLogger(library).warning(text)
    assert told == []
    warned("another", text)  # the name is part of it
    assert len(told) == 1
    assert library in {named for named, _ in LEFT_OUT}


def test_what_a_terminal_would_obey_is_shown_and_a_novel_is_cut():
    assert "\x1b" not in as_notice("torch", "red \x1b[31m")
    assert len(as_notice("torch", "long " * 1000)) < 400


def test_afterwards_everything_is_as_before():
    before = warnings.showwarning, list(logging.getLogger().handlers)
    with pytest.raises(KeyError), library_warnings(lambda notice: None):
        raise KeyError
    assert (warnings.showwarning, list(logging.getLogger().handlers)) == before


def test_a_file_of_nobody_is_of_no_library():
    assert library_of("/usr/lib/python3/site-packages/PIL/Image.py") == "PIL"
    assert library_of("/usr/lib/python3/site-packages/six.py") == "six"
    assert library_of("descriptor.py") == library_of("<string>") == ""
    assert as_notice("", "odd") == "a library says: odd"
    assert as_notice("", "A worker stopped while ...") is None
