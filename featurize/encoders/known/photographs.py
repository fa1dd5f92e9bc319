"""Networks that were trained on photographs."""

from featurize.encoders.known.encoder import HALF, IMAGENET_MEAN, IMAGENET_STD, Encoder

PAPERS = (
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
    Encoder("tf_efficientnet_lite0", 1280, HALF, HALF, 3_371_008, 1, 224,
            "tf_efficientnet_lite0.in1k", "Apache-2.0", "Tan & Le 2019, arXiv:1905.11946",
            library="timm", architecture="tf_efficientnet_lite0.in1k", commercial="yes",
            hub="timm/tf_efficientnet_lite0.in1k"),
    Encoder("vit_small_patch16_224", 384, HALF, HALF, 21_665_664, 224, 224,
            "vit_small_patch16_224.augreg_in21k_ft_in1k", "Apache-2.0", "Steiner et al. 2022, arXiv:2106.10270",
            library="timm", architecture="vit_small_patch16_224.augreg_in21k_ft_in1k", tokens="cls", patch=16,
            fixed_input=True, commercial="yes", hub="timm/vit_small_patch16_224.augreg_in21k_ft_in1k"),
)  # fmt: skip
