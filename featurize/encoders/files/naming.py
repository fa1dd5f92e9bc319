"""Parameters under the names of the network that they are for."""

from collections.abc import Iterator, Mapping

from torch import Tensor

from featurize.encoders.files.key_maps import (
    DINO,
    KEY_MAPS,
    LITE,
    LITE_ARCHITECTURES,
    is_lite,
    lite_renamed,
    without_mask,
)
from featurize.encoders.registry import Encoder
from featurize.encoders.timm.transformers_names import TRANSFORMERS, is_of_transformers, timm_names

POSITIONS = "pos_embed"


def namings(
    state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], encoder: Encoder
) -> Iterator[tuple[dict[str, Tensor], str]]:
    """The tensors under their own names, then under those of each library that they may be of; whose names, in words.

    wanted: the network's parameters.
    """
    yield with_positions(dict(state), wanted), ""
    architecture = encoder.built_as
    for key_map in KEY_MAPS:
        if key_map.applies(encoder.library, architecture, state):
            renamed = key_map.renamed(state, wanted)
            if key_map is DINO:
                renamed = without_mask(renamed)
            yield with_positions(renamed, wanted), f"names are {key_map.words}"
    if encoder.library == "timm" and is_of_transformers(state):
        yield timm_names(encoder, state), f"names are {TRANSFORMERS}"
    if is_lite(state) and architecture.startswith(LITE_ARCHITECTURES):
        yield lite_renamed(state, wanted), f"names are those of {LITE}"


def _side(positions: Tensor, extra: int) -> int:
    """Of the square of patches that positions (1, token, dim) are of, beside so many other tokens; 0: of no square."""
    patches = max(positions.shape[1] - extra, 0)
    side = round(patches**0.5)
    return side if side**2 == patches else 0


def with_positions(state: dict[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Positions of patches resampled to the network's image where it is built for another size than the file's.

    Only from one square of patches to another, as timm does itself on loading.
    """
    given, needed = state.get(POSITIONS), wanted.get(POSITIONS)
    if given is None or needed is None or given.shape == needed.shape or given.shape[::2] != needed.shape[::2]:
        return state
    for extra in (0, 1, 5, 9):  # tokens beside the patches: none, the class token, with 4 or 8 registers
        side, was = _side(needed, extra), _side(given, extra)
        if side and was:
            from timm.layers import resample_abs_pos_embed

            resampled = resample_abs_pos_embed(given.float(), [side, side], [was, was], num_prefix_tokens=extra)
            return state | {POSITIONS: resampled}
    return state


def resampled_in_words(state: Mapping[str, Tensor], table: Mapping[str, Tensor]) -> str:
    """That positions were resampled, for a person; empty where they were not."""
    before = next((value for name, value in table.items() if name.endswith(POSITIONS)), None)
    now = state.get(POSITIONS)
    if before is None or now is None or abs(before.shape[1] - now.shape[1]) <= 1:
        return ""
    return f"positions of {before.shape[1]:,} tokens are resampled to {now.shape[1]:,}"
