"""Laws of the digests: of every table that is read inside, by whoever, and of nothing else."""

from hashlib import sha256

from cohort.files.csv_text import CsvText
from cohort.files.tables_read import keep_digest, tables_read
from cohort.samples import DatasetError


def test_every_table_is_kept_as_it_was_read_and_none_outside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    contents = {}
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text(f"image,label\n{name},x\n")
        contents[tmp_path / name] = sha256((tmp_path / name).read_bytes()).hexdigest()
    with tables_read() as outer:
        CsvText(tmp_path / "a.csv", str, DatasetError)
        with tables_read() as inner:
            CsvText((tmp_path / "b.csv").relative_to(tmp_path), str, DatasetError)
    CsvText(tmp_path / "c.csv", str, DatasetError)
    keep_digest(tmp_path / "d.csv", b"")
    assert outer == {tmp_path / "a.csv": contents[tmp_path / "a.csv"]}
    assert inner == {tmp_path / "b.csv": contents[tmp_path / "b.csv"]}
