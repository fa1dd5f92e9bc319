"""Only files of the one folder are listed, wherever links lead."""

from app.work.folder_files import files_of_folder


def test_links_out_are_not_listed_and_links_inside_are(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    (inside / "deep").mkdir(parents=True)
    outside.mkdir()
    for path in (inside / "a.png", inside / "deep" / "b.tif", outside / "secret.png", inside / "notes.txt"):
        path.write_bytes(b"x")
    (inside / "out.png").symlink_to(outside / "secret.png")
    (inside / "outside").symlink_to(outside)
    (inside / "gone.png").symlink_to(outside / "gone.png")
    (inside / "circle.png").symlink_to(inside / "circle.png")
    (inside / "same.png").symlink_to(inside / "a.png")
    files = files_of_folder(inside)
    assert set(files) == {"a.png", "deep/b.tif", "same.png"}
    assert files["same.png"] == (inside / "a.png").resolve()
