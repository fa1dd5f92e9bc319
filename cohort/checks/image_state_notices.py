"""Images without tissue or stains to speak of, counted by class: a model may learn that instead of the tissue."""

from collections.abc import Sequence

from cohort.checks.by_class import counts_by_class, tells_the_class
from cohort.checks.notices import Notice

FINE = ("ok", "")  # the states of which there is nothing to say


def state_notices(labels: Sequence[str], states: Sequence[str]) -> list[Notice]:
    """A line for each state but ok that images have; a warning where it would tell the class."""
    notices = []
    for state in odd_states(states):
        counts, told = counts_of_state(labels, states, state)
        if told:
            sentence = f"{state}: {counts}; the models may learn this instead of the tissue: look at these images"
            notices.append(Notice("image-states-by-class", sentence))
        else:
            sentence = f"{state}: {counts}; used without stain normalisation: look at these images"
            notices.append(Notice("image-states", sentence))
    return notices


def odd_states(states: Sequence[str]) -> list[str]:
    """Every state that is not fine, by name."""
    return sorted(set(states) - set(FINE))


def counts_of_state(labels: Sequence[str], states: Sequence[str], state: str) -> tuple[str, bool]:
    """How many images of each class are in a state, in words, and whether it would tell the class."""
    have = [label for label, own in zip(labels, states, strict=True) if own == state]
    return counts_by_class(labels, have), tells_the_class(labels, have)


def states_that_tell(labels: Sequence[str], states: Sequence[str]) -> list[str]:
    """Each state that would tell the class, with its counts."""
    told = []
    for state in odd_states(states):
        counts, tells = counts_of_state(labels, states, state)
        if tells:
            told.append(f"{state}: {counts}")
    return told


def by_state(images: Sequence[str], states: Sequence[str]) -> dict[str, list[str]]:
    """The images in each state that is not fine, for settings.json."""
    images_of: dict[str, list[str]] = {state: [] for state in odd_states(states)}
    for image, state in zip(images, states, strict=True):
        if state in images_of:
            images_of[state].append(image)
    return images_of
