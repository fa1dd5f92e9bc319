"""The evidence map of an image: its windows, each described by itself and answered by the models of a bundle.

>>> evidence = evidence_map(bundle, path, pool)
>>> evidence.values.shape[2] == len(bundle.classes), bool((abs(evidence.values.sum(axis=2) - 1) < 1e-6).all())
(True, True)
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from joblib import cpu_count

from featurize.protocol import Protocol, ProtocolError
from imaging.files.memory_budget import MemoryBudget
from imaging.read import content_of, image_size, read_image
from imaging.read_errors import ImageError, shown
from report.where.evidence_map import EvidenceMap, WindowAnswers
