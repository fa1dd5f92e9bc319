"""Figures whose files hold nothing: for tests that look at no figure, where drawing takes most of the time."""

from contextlib import contextmanager
from unittest.mock import patch

import pytest


def leave_blank(figure, file, **how):
    """What stands in for the drawing; figures are made all the same, with their data and words."""
    file.write(b"<svg xmlns='http://www.w3.org/2000/svg'/>")


@contextmanager
def figures_left_blank():
    """Inside, no figure is drawn: for fixtures of a module."""
    with patch("matplotlib.figure.Figure.savefig", leave_blank):
        yield


@pytest.fixture
def blank_figures():
    """For tests."""
    with figures_left_blank():
        yield
