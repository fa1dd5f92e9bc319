"""Networks that were trained on photographs."""

from featurize.encoders.known.encoder import HALF, IMAGENET_MEAN, IMAGENET_STD, Encoder
from featurize.encoders.known.of_timm import of_timm

TAN_2019 = "Tan & Le 2019, arXiv:1905.11946"

PAPERS = (  # of Rakhlin et al. 2018, and the one that is small
    Encoder("resnet50", 2048, IMAGENET_MEAN, IMAGENET_STD, 23_508_032, 1, 224,
            "ResNet50_Weights.IMAGENET1K_V1", "BSD-3-Clause (torchvision)",
            "He et al. 2016, arXiv:1512.03385", commercial="yes"),
    Encoder("inception_v3", 2048, IMAGENET_MEAN, IMAGENET_STD, 21_785_568, 75, 299,
            "Inception_V3_Weights.IMAGENET1K_V1", "BSD-3-Clause (torchvision)",
            "Szegedy et al. 2016, arXiv:1512.00567", commercial="yes"),
    Encoder("vgg16", 1408, (0.48235, 0.45882, 0.40784), (1 / 255,) * 3, 14_714_688, 16, 224,
            "VGG16_Weights.IMAGENET1K_FEATURES", "CC BY 4.0 (Visual Geometry Group, Oxford)",
            "Simonyan & Zisserman 2015, arXiv:1409.1556", commercial="yes"),
    Encoder("squeezenet1_1", 512, IMAGENET_MEAN, IMAGENET_STD, 722_496, 17, 224,
            "SqueezeNet1_1_Weights.IMAGENET1K_V1", "BSD-3-Clause (torchvision)",
            "Iandola et al. 2016, arXiv:1602.07360", commercial="yes"),
)  # fmt: skip

OTHERS = (
    of_timm("tf_efficientnet_lite0.in1k", 1280, 3_371_008, TAN_2019, mean=HALF, std=HALF,
            remark="timm's efficientnet_lite0 has tensors of the same names and shapes, but pads otherwise"),
    of_timm("tf_efficientnet_lite1.in1k", 1280, 4_135_680, TAN_2019, mean=HALF, std=HALF, input=240,
            remark="timm's efficientnet_lite1 has tensors of the same names and shapes, but pads otherwise"),
    of_timm("tf_efficientnet_lite2.in1k", 1280, 4_811_072, TAN_2019, mean=HALF, std=HALF, input=260,
            remark="timm's efficientnet_lite2 has tensors of the same names and shapes, but pads otherwise"),
    of_timm("efficientnet_b0.ra_in1k", 1280, 4_007_548, TAN_2019,
            remark="timm's tf_efficientnet_b0 has tensors of the same names and shapes, but pads otherwise"),
    of_timm("resnet18.tv_in1k", 512, 11_176_512, "He et al. 2016, arXiv:1512.03385",
            interpolation="bilinear", licence="BSD-3-Clause"),
    of_timm("resnet34.tv_in1k", 512, 21_284_672, "He et al. 2016, arXiv:1512.03385",
            interpolation="bilinear", licence="BSD-3-Clause"),
    of_timm("convnext_tiny.fb_in22k_ft_in1k", 768, 27_820_128, "Liu et al. 2022, arXiv:2201.03545", smallest=32),
    of_timm("densenet121.tv_in1k", 1024, 6_953_856, "Huang et al. 2017, arXiv:1608.06993", smallest=29),
    of_timm("mobilenetv3_large_100.ra_in1k", 960, 4_202_032, "Howard et al. 2019, arXiv:1905.02244"),
    of_timm("legacy_xception.tf_in1k", 2048, 20_806_952, "Chollet 2017, arXiv:1610.02357", mean=HALF, std=HALF,
            input=299, smallest=7, arguments=(("batch_norm_eps", 1e-3),),
            hub="https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-cadene/"
                "xception-43020ad28.pth",
            remark="its batch norm has the eps of Keras, 1e-3, and not that of timm's network, 1e-5"),
    of_timm("vit_small_patch16_224.augreg_in21k_ft_in1k", 384, 21_665_664, "Steiner et al. 2022, arXiv:2106.10270",
            mean=HALF, std=HALF, tokens="cls", patch=16),
    of_timm("vit_small_patch14_dinov2.lvd142m", 384, 22_056_192, "Oquab et al. 2024, arXiv:2304.07193",
            input=518, tokens="cls", patch=14),
)  # fmt: skip
