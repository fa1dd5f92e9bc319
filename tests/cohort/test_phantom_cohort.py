"""What is written of synthetic fields is a data set that reads back."""

from cohort.phantom_cohort import write_phantoms
from cohort.read_dataset import read_dataset
from imaging.phantom import draw_field
from imaging.read import read_image


def test_synthetic_fields_come_back_with_their_labels_and_patients(tmp_path):
    fields = [draw_field(kind, "p", number, 32, 40, seed=1) for number, kind in enumerate(("normal", "invasive"))]
    manifest = write_phantoms(tmp_path / "new" / "fields", fields)
    samples = {sample.name: sample for sample in read_dataset(manifest).samples}
    assert samples.keys() == {field.name for field in fields}
    for field in fields:
        sample = samples[field.name]
        assert (sample.label, sample.patient) == (field.label, field.patient)
        assert (read_image(sample.path) == field.image).all()
    assert list(manifest.parent.glob(".*")) == []
