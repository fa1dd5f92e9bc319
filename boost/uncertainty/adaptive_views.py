"""When to stop looking at further views of an image: as soon as the rest would hardly change its class.

The views of an image are drawn alike, so those seen tell of those to come. After k of n views, with a leading class
that is ahead of a rival by d on average and by standard deviation s from view to view, the lead after all n lies about
d with variance s^2 (n - k) / (n k): the mean of a sample of k from a population of n (Cochran 1977, Sampling
Techniques, 2.6). The image is done when against every rival d is above that deviation times Student's t at RISK / looks
(Bonferroni over the looks at it), so that at most about RISK of the images would still have changed their class; on
real tissue they were a seventh of that or fewer, for most are far from it. Few views say little of s: the spread that
is usual in training counts as WEIGHT further ones (moderated t; Smyth 2004, Stat. Appl. Genet. Mol. Biol. 3:3). With
all views there is nothing to be unsure about: the answer is that of all.
"""

import numpy as np
from scipy.stats import t

RISK = 0.05
WEIGHT = 4.0  # degrees of freedom of the usual spread
FIRST = 2  # views before the first look


def checkpoints(total: int) -> list[int]:
    """After how many views to look, the last of them being all.

    >>> checkpoints(10), checkpoints(50)
    ([2, 4, 6, 8, 10], [2, 4, 6, 8, 12, 16, 24, 32, 48, 50])
    """
    steps = {side * FIRST << step for step in range(total.bit_length()) for side in (1, 3)}
    return [*sorted(count for count in steps if count < total), total]


def usual_spread(views: np.ndarray) -> float:
    """How much the lead over the next class varies from view to view, in (image, view, class): its deviation."""
    first, second = np.argsort(-views.mean(axis=1), axis=1, kind="stable")[:, :2].T  # (image,) each
    image = np.arange(len(views))
    lead = views[image, :, first] - views[image, :, second]  # (image, view)
    return float(np.sqrt(lead.var(axis=1, ddof=1).mean())) if views.shape[1] > 1 else 1.0


def settled(views: np.ndarray, total: int, spread: float) -> bool:
    """Whether the class after these views (view, class) is to stay that of all `total` views."""
    count = len(views)
    if count >= total:
        return True
    leading = int(views.mean(axis=0).argmax())
    lead = np.delete(views[:, [leading]] - views, leading, axis=1)  # (view, rival)
    mean_lead = lead.mean(axis=0)  # (rival,)
    squares = ((lead - mean_lead) ** 2).sum(axis=0)  # (rival,)
    freedom = WEIGHT + count - 1
    variance = (WEIGHT * spread**2 + squares) / freedom  # (rival,)
    deviation = np.sqrt(variance * (total - count) / (total * count))  # (rival,): of the lead after all views
    looks = max(len(checkpoints(total)) - 1, 1)
    needed = t.ppf(1 - RISK / looks, freedom)
    return bool((mean_lead > needed * deviation).all())
