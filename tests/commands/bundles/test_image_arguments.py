"""Laws of the images that a table names: those of its own folder, and nothing is said of what lies elsewhere."""

import pytest

from cohort.samples import DatasetError
from commands.bundles.image_arguments import find_images, has_labels, patients_of


@pytest.fixture
def table(tmp_path):
    """What writes a table of images in a folder beside which there is a secret, and what links to it."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "set" / "a").mkdir(parents=True)
    (tmp_path / "set" / "a" / "1.png").write_bytes(b"mine")
    (tmp_path / "set" / "link.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "set" / "up").symlink_to(tmp_path)
    (tmp_path / "set" / "inside").symlink_to(tmp_path / "set" / "a")

    def write(*names):
        (tmp_path / "set" / "t.csv").write_text("image\n" + "".join(f"{name}\n" for name in names))
        return tmp_path / "set" / "t.csv"

    return write


@pytest.mark.parametrize(
    "name", ["a/1.png", "a/../a/1.png", "{folder}/a/1.png", "inside/1.png", "a/none.png", "./a/1.png"]
)
def test_images_of_the_folder_are_found(name, table):
    path = table(name.format(folder=table().parent))
    assert [found.name for found in find_images([str(path)])] == [name.rpartition("/")[2]]


@pytest.mark.parametrize("name", ["../secret.png", "{folder}/../secret.png", "/etc/passwd", "link.png", "up/secret.png",
                                  "up/none.png", "../none.png", "a/../../none.png", "/none", "up", ".."])  # fmt: skip
def test_images_elsewhere_are_refused_alike_whether_they_exist_or_not(name, table):
    path = table("a/1.png", name.format(folder=table().parent))
    with pytest.raises(DatasetError, match=r"(?s)1 images in .*t.csv are not in its folder; .*allow-outside") as error:
        find_images([str(path)])
    said = str(error.value).replace(name.format(folder=path.parent), "NAME")
    assert said == f"1 images in {path} are not in its folder; put the table above its images, or allow it " + (
        "(--allow-outside) if you trust who wrote it:\n  NAME"
    )
    assert len(find_images([str(path)], allow_outside=True)) == 2


def test_patients_are_those_of_the_images_that_are_found(table):
    path = table()
    path.write_text("image,patient\na/1.png,p\n")
    assert patients_of([str(path)]) == {str(image): "p" for image in find_images([str(path)])}
    assert not has_labels(str(path), ["x"])
