"""Networks that were trained on pathology, of those that timm builds without code from a hub."""

from dataclasses import replace
from typing import Any

from featurize.encoders.known.encoder import HALF, Encoder
from featurize.encoders.known.of_timm import of_timm

NO_DERIVATIVES = "CC-BY-NC-ND-4.0"
SWIGLU = (("mlp_layer", "timm.layers.SwiGLUPacked"), ("act_layer", "torch.nn.SiLU"))
SCALED = ("init_values", 1e-5)  # layers have scales of their own; the weights set them
SMALL_16, BASE_16, LARGE_16 = "vit_small_patch16_224", "vit_base_patch16_224", "vit_large_patch16_224"
SMALL_8, BASE_8 = "vit_small_patch8_224", "vit_base_patch8_224"
HUGE_14, GIANT_14 = "vit_huge_patch14_224", "vit_giant_patch14_224"
GIANT_DINO, GIANT_DINO_4 = "vit_giant_patch14_dinov2", "vit_giant_patch14_reg4_dinov2"
MEAN_OF_BIOPTIMUS, STD_OF_BIOPTIMUS = (0.707223, 0.578729, 0.703617), (0.211883, 0.230117, 0.177517)
MEAN_OF_LUNIT, STD_OF_LUNIT = (0.70322989, 0.53606487, 0.66096631), (0.21716536, 0.26081574, 0.20723464)
ALL_MAGNIFICATIONS = (0.25, 0.5, 1.0, 2.0)


CLASS_ALONE = "the token of the class alone, as some programs have it under this name"
INSTITUTION = "agree to its terms, with the e-mail address of an institution"
TERMS = "agree to its terms"


def on_hub(name: str, architecture: str, dim: int, parameters: int, paper: str, hub: str, **facts: Any) -> Encoder:
    """The entry of a network on the hub; it reads the token of the class and was trained at 0.5 microns per pixel
    unless other facts are given.
    """
    usual: dict[str, Any] = {
        "weights": hub,
        "tokens": "cls",
        "mpp": (0.5,),
        "licence": NO_DERIVATIVES,
        "commercial": "no",
    }
    return of_timm(architecture, dim, parameters, paper, name=name, hub=hub, **(usual | facts))


UNI = (
    on_hub("uni", LARGE_16, 1024, 303_350_784, "Chen et al. 2024, doi:10.1038/s41591-024-02857-3", "MahmoodLab/UNI",
           patch=16, arguments=(SCALED,), gated=INSTITUTION, interpolation="bilinear"),
    on_hub("uni2_h", GIANT_14, 1536, 681_394_176, "Chen et al. 2024, doi:10.1038/s41591-024-02857-3",
           "MahmoodLab/UNI2-h", patch=14, register_tokens=8, gated=INSTITUTION, interpolation="bilinear",
           arguments=(("img_size", 224), ("patch_size", 14), ("depth", 24), ("num_heads", 24), SCALED,
                      ("embed_dim", 1536), ("mlp_ratio", 2.66667 * 2), ("no_embed_class", True), *SWIGLU,
                      ("reg_tokens", 8))),
)  # fmt: skip

VIRCHOW = on_hub(
    "virchow", HUGE_14, 2560, 631_229_184, "Vorontsov et al. 2024, doi:10.1038/s41591-024-03141-0",
    "paige-ai/Virchow", tokens="cls+patches", patch=14, arguments=(*SWIGLU, SCALED, ("mlp_ratio", 5.3375)),
    licence="Apache-2.0", commercial="yes", gated=INSTITUTION,
    remark="of the two widths under this name the one its makers use; virchow_cls is the other",
)  # fmt: skip
VIRCHOW2 = on_hub(
    "virchow2", HUGE_14, 2560, 631_239_424, "Zimmermann et al. 2024, arXiv:2408.00738", "paige-ai/Virchow2",
    tokens="cls+patches", patch=14, register_tokens=4, mpp=ALL_MAGNIFICATIONS, gated=INSTITUTION,
    arguments=(*SWIGLU, SCALED, ("mlp_ratio", 5.3375), ("reg_tokens", 4)),
    remark="of the two widths under this name the one its makers use; virchow2_cls is the other",
)  # fmt: skip
PAIGE = (
    VIRCHOW,
    replace(VIRCHOW, name="virchow_cls", dim=1280, tokens="cls", remark=CLASS_ALONE),
    VIRCHOW2,
    replace(VIRCHOW2, name="virchow2_cls", dim=1280, tokens="cls", remark=CLASS_ALONE),
)

H0_MINI = on_hub(
    "h0_mini", "vit_base_patch14_reg4_dinov2", 1536, 85_739_520, "Filiot et al. 2025, arXiv:2501.16239",
    "bioptimus/H0-mini", tokens="cls+patches", patch=14, register_tokens=4, gated=INSTITUTION,
    mean=MEAN_OF_BIOPTIMUS, std=STD_OF_BIOPTIMUS,
    arguments=(*SWIGLU, ("img_size", 224), SCALED, ("mlp_ratio", 5.33334)),
    remark="of the two widths under this name the one its makers use; h0_mini_cls is the other",
)  # fmt: skip
BIOPTIMUS = (
    on_hub("h_optimus_0", GIANT_DINO_4, 1536, 1_134_774_272, "Saillard et al. 2024, github.com/bioptimus/releases",
           "bioptimus/H-optimus-0", patch=14, register_tokens=4, mean=MEAN_OF_BIOPTIMUS, std=STD_OF_BIOPTIMUS,
           arguments=(SCALED, ("img_size", 224)), licence="Apache-2.0", commercial="yes"),
    on_hub("h_optimus_1", GIANT_DINO_4, 1536, 1_134_774_272, "Bioptimus 2025, huggingface.co/bioptimus/H-optimus-1",
           "bioptimus/H-optimus-1", patch=14, register_tokens=4, mean=MEAN_OF_BIOPTIMUS, std=STD_OF_BIOPTIMUS,
           arguments=(SCALED, ("img_size", 224)), gated=INSTITUTION,
           remark="requests for its weights may be left unanswered for months"),
    H0_MINI,
    replace(H0_MINI, name="h0_mini_cls", dim=768, tokens="cls", remark=CLASS_ALONE),
)  # fmt: skip

GIGAPATH = (
    on_hub("prov_gigapath", GIANT_DINO, 1536, 1_134_953_984, "Xu et al. 2024, doi:10.1038/s41586-024-07441-w",
           "prov-gigapath/prov-gigapath", patch=16, gated=TERMS, licence="Apache-2.0 with conditions of use",
           arguments=(("img_size", 224), ("patch_size", 16), ("embed_dim", 1536), ("depth", 40), ("num_heads", 24),
                      ("mlp_ratio", 5.33334)),
           remark="its makers cut the middle 224 of tiles of 256 pixels; here a crop is resized to 224"),
    on_hub("gigapath_flash", SMALL_16, 384, 21_681_024, "arXiv:2607.18218", "prov-gigapath/prov-gigapath-flash",
           patch=16, mpp=(), gated=TERMS, licence="Apache-2.0 with conditions of use",
           arguments=(("embed_dim", 384), ("depth", 12), ("num_heads", 6), ("mlp_ratio", 2048 / 384), *SWIGLU, SCALED)),
)  # fmt: skip


def of_kaiko(name: str, architecture: str, dim: int, parameters: int, patch: int, **facts: Any) -> Encoder:
    """The entry of one of Kaiko's networks, as they were made ready for timm."""
    hub = f"1aurent/{architecture}.kaiko_ai_towards_large_pathology_fms"
    return on_hub(name, architecture, dim, parameters, "Aben et al. 2024, arXiv:2404.15217", hub, patch=patch,
                  mean=HALF, std=HALF, mpp=ALL_MAGNIFICATIONS, interpolation="bilinear",
                  licence="Kaiko non-commercial", **facts)  # fmt: skip


MIDNIGHT = on_hub(
    "midnight", GIANT_DINO, 3072, 1_134_769_664, "Karasikov et al. 2025, arXiv:2504.05186", "kaiko-ai/midnight",
    tokens="cls+patches", patch=14, mean=HALF, std=HALF, mpp=ALL_MAGNIFICATIONS, interpolation="bilinear",
    arguments=(("img_size", 224),), licence="MIT", commercial="yes",
    remark="Midnight-12k; of the two widths under this name the one its makers use; midnight_cls is the other",
)  # fmt: skip
KAIKO = (
    of_kaiko("kaiko_vits16", SMALL_16, 384, 21_665_664, 16),
    of_kaiko("kaiko_vits8", SMALL_8, 384, 21_670_272, 8),
    of_kaiko("kaiko_vitb16", BASE_16, 768, 85_798_656, 16),
    of_kaiko("kaiko_vitb8", BASE_8, 768, 85_807_872, 8),
    of_kaiko("kaiko_vitl14", "vit_large_patch14_reg4_dinov2", 1024, 304_370_688, 14, register_tokens=4,
             arguments=(("img_size", 518), ("dynamic_img_size", True)),
             remark="built for 518 pixels and used at 224: its positions are interpolated"),
    MIDNIGHT,
    replace(MIDNIGHT, name="midnight_cls", dim=1536, tokens="cls", remark=CLASS_ALONE),
    on_hub("openmidnight", GIANT_DINO_4, 1536, 1_134_774_272, "sophontai.com/blog/openmidnight",
           "SophontAI/OpenMidnight", patch=14, register_tokens=4, mpp=ALL_MAGNIFICATIONS, interpolation="bilinear",
           arguments=(("img_size", 224),), licence="Apache-2.0", commercial="yes", gated=INSTITUTION,
           remark="its file may hold more than tensors, and is then refused: save its state_dict alone"),
)  # fmt: skip

OWKIN = (
    on_hub("phikon", BASE_16, 768, 85_798_656, "Filiot et al. 2023, doi:10.1101/2023.07.21.23292757", "owkin/phikon",
           patch=16, interpolation="bilinear", licence="Owkin non-commercial"),
    on_hub("phikon_v2", LARGE_16, 1024, 303_350_784, "Filiot et al. 2024, arXiv:2409.09173", "owkin/phikon-v2",
           patch=16, arguments=(SCALED,), licence="Owkin non-commercial"),
)  # fmt: skip

OTHERS = (
    on_hub("lunit_vits8", SMALL_8, 384, 21_670_272, "Kang et al. 2023, arXiv:2212.04690",
           "1aurent/vit_small_patch8_224.lunit_dino", patch=8, mean=MEAN_OF_LUNIT, std=STD_OF_LUNIT,
           licence="Lunit non-commercial",
           remark="mean and deviation are those of its makers; the copy on the hub tells those of ImageNet"),
    on_hub("lunit_vits16", SMALL_16, 384, 21_665_664, "Kang et al. 2023, arXiv:2212.04690",
           "1aurent/vit_small_patch16_224.lunit_dino", patch=16, mean=MEAN_OF_LUNIT, std=STD_OF_LUNIT,
           licence="Lunit non-commercial",
           remark="mean and deviation are those of its makers; the copy on the hub tells those of ImageNet"),
    on_hub("gpfm", "vit_large_patch14_dinov2", 1024, 303_227_904, "Ma et al. 2025, doi:10.1038/s41551-025-01488-4",
           "majiabo/GPFM", patch=14, arguments=(("img_size", 224), SCALED)),
    on_hub("mstar", LARGE_16, 1024, 303_350_784, "Xu et al. 2025, doi:10.1038/s41467-025-66220-x", "Wangyh/mSTAR",
           patch=16, arguments=(SCALED,), gated=TERMS, interpolation="bilinear"),
)  # fmt: skip

PATHOLOGY = (*UNI, *PAIGE, *BIOPTIMUS, *GIGAPATH, *KAIKO, *OWKIN, *OTHERS)
