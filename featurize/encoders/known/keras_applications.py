"""The networks of Keras' applications, for the weights that Keras publishes; featurize.encoders.keras computes them."""

from featurize.encoders.known.encoder import HALF, Encoder

CAFFE_MEAN = (123.68 / 255, 116.779 / 255, 103.939 / 255)  # of red, green and blue; the networks put blue first
GREY_LEVELS = (1 / 255,) * 3
PUBLISHED = "https://github.com/fchollet/deep-learning-models/releases/download"
KERNELS = "weights_tf_dim_ordering_tf_kernels_notop.h5"

KERAS = (
    Encoder("keras_resnet50", 2048, CAFFE_MEAN, GREY_LEVELS, 23_534_592, 197, 224,
            f"resnet50_{KERNELS}", "MIT (K. He)", "He et al. 2016, arXiv:1512.03385",
            library="keras", architecture="resnet50", commercial="yes", hub=f"{PUBLISHED}/v0.2/resnet50_{KERNELS}",
            remark="as Keras 2.1 had it: averages of 7 x 7 cells, so that of 400 pixels only the top left counts"),
    Encoder("keras_inception_v3", 2048, HALF, HALF, 21_785_568, 75, 299,
            f"inception_v3_{KERNELS}", "MIT (Keras)", "Szegedy et al. 2016, arXiv:1512.00567",
            library="keras", architecture="inception_v3", commercial="yes",
            hub=f"{PUBLISHED}/v0.5/inception_v3_{KERNELS}"),
    Encoder("keras_vgg16", 1408, CAFFE_MEAN, GREY_LEVELS, 14_714_688, 16, 224,
            f"vgg16_{KERNELS}", "CC BY 4.0 (Visual Geometry Group, Oxford)",
            "Simonyan & Zisserman 2015, arXiv:1409.1556",
            library="keras", architecture="vgg16", commercial="yes", hub=f"{PUBLISHED}/v0.1/vgg16_{KERNELS}"),
    Encoder("keras_xception", 2048, HALF, HALF, 20_806_952, 71, 299,
            f"xception_{KERNELS}", "MIT (Keras)", "Chollet 2017, arXiv:1610.02357",
            library="keras", architecture="xception", commercial="yes", hub=f"{PUBLISHED}/v0.4/xception_{KERNELS}"),
    Encoder("keras_nasnet_mobile", 1056, HALF, HALF, 4_232_978, 32, 224,
            "NASNet-mobile-no-top.h5", "Apache-2.0 (TensorFlow)", "Zoph et al. 2018, arXiv:1707.07012",
            library="keras", architecture="nasnet_mobile", commercial="yes",
            hub="https://storage.googleapis.com/tensorflow/keras-applications/nasnet/NASNet-mobile-no-top.h5"),
)  # fmt: skip


def keras_name(name: str) -> str:
    """The encoder that computes a network as Keras does, or the name itself where there is none.

    >>> keras_name("resnet50"), keras_name("keras_vgg16"), keras_name("squeezenet1_1")
    ('keras_resnet50', 'keras_vgg16', 'squeezenet1_1')
    """
    of_keras = {encoder.built_as: encoder.name for encoder in KERAS}
    return of_keras.get(name, name)
