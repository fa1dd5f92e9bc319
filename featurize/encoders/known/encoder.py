"""What there is to know about a network and its published weights."""

from dataclasses import dataclass

IMAGENET = IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5)  # the mean and deviation of pixels in [-1, 1]
Argument = bool | int | float | str


@dataclass(frozen=True)
class Encoder:
    """The facts about a network and its published weights."""

    name: str
    dim: int
    mean: tuple[float, ...]  # of RGB in [0, 1]
    std: tuple[float, ...]
    parameters: int  # of the part that is used
    smallest: int  # side of a crop in pixels; a smaller one shrinks to nothing on its way
    input: int  # side in pixels of what it was trained on
    weights: str  # the library's name of the weights
    licence: str
    paper: str
    library: str = "torchvision"  # torchvision, timm or keras
    architecture: str = ""  # the library's name of the network, with the tag of the weights; "": as the encoder's
    arguments: tuple[tuple[str, Argument], ...] = ()  # for timm.create_model; layers stand as texts: timm.layers.NAME
    tokens: str = "map"  # the average of a feature map; else cls, patches (their mean) or cls+patches
    register_tokens: int = 0  # which are in no mean
    patch: int | None = None  # side of a patch in pixels, of a network with tokens
    fixed_input: bool = False  # it takes input x input pixels alone: crops are resized
    interpolation: str = "bicubic"  # or bilinear: how they are
    mpp: tuple[float, ...] = ()  # microns per pixel of the tissue it was trained on
    commercial: str = ""  # yes or no, and on which condition
    gated: str = ""  # where to ask for the weights; "": anybody has them
    hub: str = ""  # owner/name on the hub
    pooling: str = ""  # of features over crops; "": as usual for their kind, see featurize.crop_sizes
    remark: str = ""  # what is easily mistaken about it

    @property
    def built_as(self) -> str:
        """The library's name of the network."""
        return self.architecture or self.name
