"""All that is known of one network, in words."""

from collections.abc import Iterator

from commands.encoders.encoder_table import in_millions, resolutions
from featurize.crop_sizes import pooling_of
from featurize.encoders.known.encoder import Encoder

GIBI = 2**30
FREE = "any use, also commercial, as long as its notice is kept"
RESEARCH = "use without commercial purpose alone, such as research and teaching"
NO_COPIES = "; nothing changed or fine-tuned may be passed on"
TOKENS = {
    "map": "the averages of its feature maps",
    "cls": "the token of the class",
    "patches": "the mean of the patches' tokens",
    "cls+patches": "the token of the class, then the mean of the patches' tokens",
}


def facts_of(encoder: Encoder) -> Iterator[tuple[str, str]]:
    """What there is to say under each heading."""
    yield "features", _features(encoder)
    yield "crops", _crops(encoder)
    yield "pixels", f"RGB in [0, 1], minus {_numbers(encoder.mean)}, divided by {_numbers(encoder.std)}"
    yield "trained at", f"{resolutions(encoder)} microns per pixel" if encoder.mpp else "photographs, or not stated"
    yield "parameters", f"{in_millions(encoder.parameters)}, {4 * encoder.parameters / GIBI:.2g} GiB of memory"
    yield "built as", _built(encoder)
    yield "licence", f"{encoder.licence}: {allowed(encoder)}"
    yield "paper", encoder.paper
    if encoder.remark:
        yield "beware", encoder.remark
    yield "weights", weights_of(encoder)
    yield "check", f"python pipeline.py encoders check {encoder.name} --weights FOLDER"


def _features(encoder: Encoder) -> str:
    text = f"{encoder.dim} numbers, {TOKENS[encoder.tokens]}"
    if encoder.patch:
        text += f"; patches of {encoder.patch} x {encoder.patch} pixels"
    if encoder.register_tokens:
        text += f"; {encoder.register_tokens} register tokens are left out"
    return f"{text}; pooled over crops by {pooling_of(encoder)}"


def _crops(encoder: Encoder) -> str:
    if encoder.fixed_input:
        return f"are resized to {encoder.input} x {encoder.input} pixels ({encoder.interpolation}); exact mode alone"
    return f"of any size from {encoder.smallest} pixels, exact and dense; trained on {encoder.input} x {encoder.input}"


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:.6g}" for value in values)


def _built(encoder: Encoder) -> str:
    given = ", ".join(f"{name}={value}" for name, value in encoder.arguments)
    return f"{encoder.library}'s {encoder.built_as}{f' with {given}' if given else ''}"


def allowed(encoder: Encoder) -> str:
    """What a licence allows, as far as a line can say it; its own words count."""
    if encoder.commercial == "yes":
        return FREE
    if encoder.commercial == "no":
        return RESEARCH + (NO_COPIES if "ND" in encoder.licence else "")
    return "read it before you use the network"


def weights_of(encoder: Encoder) -> str:
    """How to get the weights: the exact file, and where to ask."""
    from featurize.encoders.files.places import names_of
    from featurize.encoders.sources.published_file import download_url

    url = download_url(encoder)
    if encoder.library == "keras":
        return f"{url}, to be got by hand: that file in a folder given with --weights"
    if url:
        return f"{url}, which `--weights auto` downloads; or that file in a folder given with --weights"
    if not encoder.hub:
        return "no place is known; give your own file with --weights"
    page = f"huggingface.co/{encoder.hub}"
    gate = f" (not given to everybody: {encoder.gated}, then `hf auth login`)" if encoder.gated else ""
    return (
        f"model.safetensors (or pytorch_model.bin) of {page}{gate}, which `--weights auto` downloads; offline that "
        f"file in a folder given with --weights, as {names_of(encoder)[0]}.safetensors (or .bin)"
    )
