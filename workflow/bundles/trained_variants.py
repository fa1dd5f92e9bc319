"""What a bundle says of its trained networks: written, and held against this version before they may answer here."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from boost.bundle.archive import LARGEST_MEMBER, BundleError
from boost.bundle.bundle import compared_name
from featurize.encoders.networks import NetworkError
from featurize.encoders.registry import find_encoder
from featurize.encoders.weights import WeightsError
from featurize.protocol import ProtocolError
from finetune.networks.build import build_classifier
from finetune.networks.classifier import Classifier
from finetune.networks.idc_networks import IDC_NETWORKS
from finetune.pictures.decoded import METHOD
from finetune.training_settings import TrainingError, TrainingSettings
from workflow.answering.network_views import NetworkDescriber, TrainedVariant
from workflow.bundles.compatibility import stain_facts

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle
