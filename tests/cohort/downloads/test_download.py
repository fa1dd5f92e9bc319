"""Laws of downloads: the file whole and verified, or a message; what has come is kept, and nothing is mixed."""

import os
import signal
import subprocess
import sys
from hashlib import md5, sha256
from pathlib import Path
from time import monotonic, sleep

import pytest

from cohort.downloads import asking, download
from cohort.downloads.download import fetch
from cohort.downloads.remote import DownloadError, Remote
from tests.cohort.downloads.local_server import serving

ROOT = Path(__file__).resolve().parents[3]
CONTENT = bytes(range(256)) * 4096  # 1 MiB
SHA256, MD5 = sha256(CONTENT).hexdigest(), md5(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(download, "WAIT", 0)


@pytest.fixture
def server():
    with serving(CONTENT) as server:
        yield server


def remote_of(server, size=len(CONTENT), **checks):
    return Remote(f"{server.url}/tiles.zip", "tiles.zip", size, **(checks or {"sha256": SHA256}))


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("checks", [{"sha256": SHA256}, {"sha256": SHA256[:8]}, {"md5": MD5}, {"md5": ""}])
@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_the_file_is_there_and_nothing_beside_it(server, tmp_path, checks, size):
    seen = []
    path = fetch(remote_of(server, size, **checks), tmp_path / "new", progress=lambda *now: seen.append(now))
    assert path.read_bytes() == CONTENT and names_in(tmp_path / "new") == ["tiles.zip"]
    assert seen[0] == (0, len(CONTENT)) and seen[-1] == (len(CONTENT), len(CONTENT))
    fetch(remote_of(server, size, **checks), tmp_path / "new")
    assert len(server.asked) == 1, "what is there is not asked for"


def test_offline_nothing_is_asked(server, tmp_path):
    with pytest.raises(DownloadError, match=r"must not be downloaded; on a machine that is online get http"):
        fetch(remote_of(server), tmp_path, offline=True)
    (tmp_path / "tiles.zip").write_bytes(CONTENT)
    assert fetch(remote_of(server), tmp_path, offline=True).exists()
    assert server.asked == []


def test_a_connection_that_breaks_off_is_gone_on_with(server, tmp_path):
    server.cut_after = [1000, 5, 70_000]
    assert fetch(remote_of(server), tmp_path).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=1000-", "bytes=1005-", "bytes=71005-"]


def test_one_that_brings_nothing_more_ends_and_the_next_run_goes_on(server, tmp_path):
    server.cut_after = [1000] + [0] * download.TRIES
    with pytest.raises(DownloadError, match=r"broke off\).*1,000 bytes are kept"):
        fetch(remote_of(server), tmp_path)
    assert fetch(remote_of(server), tmp_path).read_bytes() == CONTENT
    assert server.asked[-1] == "bytes=1000-"


def test_a_server_without_ranges_begins_anew(server, tmp_path):
    server.knows_ranges = False
    server.cut_after = [1000]
    assert fetch(remote_of(server), tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("checks", [{"sha256": ""}, {"sha256": SHA256}])
def test_a_file_that_was_replaced_meanwhile_is_begun_anew(server, tmp_path, checks):
    server.content, server.tag = bytes(len(CONTENT)), '"0"'
    server.cut_after = [1000] + [0] * download.TRIES
    with pytest.raises(DownloadError):
        fetch(remote_of(server, **checks), tmp_path)
    server.content, server.tag = CONTENT, '"1"'
    assert fetch(remote_of(server, **checks), tmp_path).read_bytes() == CONTENT


def test_without_checksum_and_version_nothing_is_pieced_together(server, tmp_path):
    server.tag = None
    server.cut_after = [1000]
    assert fetch(remote_of(server, sha256=""), tmp_path).read_bytes() == CONTENT
    assert server.asked == [None, None]


def test_a_whole_part_is_put_in_place(server, tmp_path):
    """As where a run was killed between the last byte and the name."""
    (tmp_path / "tiles.zip.part").write_bytes(CONTENT)
    assert fetch(remote_of(server, size=None), tmp_path).read_bytes() == CONTENT
    assert server.asked == [f"bytes={len(CONTENT)}-"]


def test_a_part_longer_than_the_file_is_begun_anew(server, tmp_path):
    (tmp_path / "tiles.zip.part").write_bytes(CONTENT + b"more")
    assert fetch(remote_of(server, size=None), tmp_path).read_bytes() == CONTENT


def test_a_wrong_checksum_is_told_and_nothing_is_kept(server, tmp_path):
    with pytest.raises(DownloadError, match=r"its SHA-256 does not begin with 0000; what came was deleted"):
        fetch(remote_of(server, sha256="0000"), tmp_path)
    assert names_in(tmp_path) == []
    with pytest.raises(DownloadError, match="its MD5"):
        fetch(remote_of(server, md5="0000"), tmp_path)


def test_another_size_is_told_before_anything_is_kept(server, tmp_path):
    with pytest.raises(DownloadError, match=r"has 1,048,576 bytes, and 99 were published"):
        fetch(remote_of(server, size=99), tmp_path)
    assert names_in(tmp_path) == []


def test_a_longer_answer_than_was_said_is_not_taken(server, tmp_path):
    server.chunked = True
    with pytest.raises(DownloadError, match="became longer than the 99 bytes"):
        fetch(remote_of(server, size=99), tmp_path)


def test_a_damaged_file_of_that_name_is_neither_taken_nor_deleted(server, tmp_path):
    (tmp_path / "tiles.zip").write_bytes(CONTENT[:-1])
    with pytest.raises(DownloadError, match=r"has 1,048,575 bytes.*move .* away"):
        fetch(remote_of(server), tmp_path)
    assert (tmp_path / "tiles.zip").exists()


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (500, download.TRIES), (503, download.TRIES)])
def test_an_answer_that_is_no_file_is_told(server, tmp_path, status, tries):
    server.status = [status] * tries
    with pytest.raises(DownloadError, match=rf"answer {status}\); on a machine that is online get http"):
        fetch(remote_of(server), tmp_path)
    assert len(server.asked) == tries
    server.status = [503]  # which passes
    assert fetch(remote_of(server), tmp_path).exists()


def test_a_web_page_is_not_taken_for_a_file(server, tmp_path):
    server.kind = "text/html; charset=utf-8"
    with pytest.raises(DownloadError, match="web page"):
        fetch(remote_of(server, size=None, sha256=""), tmp_path)


def test_another_part_than_was_asked_for_is_refused(server, tmp_path):
    server.cut_after, server.other_part = [1000], True
    with pytest.raises(DownloadError, match="another part"):
        fetch(remote_of(server), tmp_path)


def test_redirects_are_followed_to_the_web_alone(server, tmp_path):
    remote = Remote(f"{server.url}/from", "tiles.zip", len(CONTENT), SHA256)
    server.leads_to = f"{server.url}/tiles.zip"
    server.cut_after = [10]
    assert fetch(remote, tmp_path).read_bytes() == CONTENT
    assert server.asked == [None, None, "bytes=10-", "bytes=10-"]
    server.leads_to = "ftp://127.0.0.1/x"
    with pytest.raises(DownloadError, match="no safe address"):
        fetch(remote, tmp_path / "other")


def test_a_safe_connection_never_leads_to_an_open_one():
    request = asking.Request("https://example.org/a")
    with pytest.raises(DownloadError, match="no safe address"):
        asking.SafeRedirects().redirect_request(request, None, 302, "", {}, "http://example.org/a")


def test_a_full_disk_is_told_before_and_while_it_fills(server, tmp_path, monkeypatch):
    monkeypatch.setattr("cohort.downloads.remote.SPARE", 1 << 60)
    with pytest.raises(DownloadError, match=r"no room to download tiles.zip: 0\.0 GB are to come"):
        fetch(remote_of(server), tmp_path)
    monkeypatch.undo()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download, "_copy", full)
    with pytest.raises(DownloadError, match="make room, and the same command goes on"):
        fetch(remote_of(server), tmp_path)


def test_a_link_in_the_place_of_the_part_is_not_written_through(server, tmp_path):
    (tmp_path / "victim").write_bytes(b"precious")
    (tmp_path / "tiles.zip.part").symlink_to(tmp_path / "victim")
    with pytest.raises(DownloadError, match="is a link"):
        fetch(remote_of(server), tmp_path)
    assert (tmp_path / "victim").read_bytes() == b"precious"


def test_nobody_there_is_told(tmp_path):
    with serving(b"x") as server:
        url = server.url
    with pytest.raises(DownloadError, match=r"could not be downloaded \(.*refused"):
        fetch(Remote(f"{url}/a", "a"), tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="has no kill -9")
def test_a_killed_download_goes_on(tmp_path):
    content = CONTENT * 16
    with serving(content) as server:
        code = (
            "import sys, time\nfrom pathlib import Path\nfrom cohort.downloads.download import fetch\n"
            "from cohort.downloads.remote import Remote\n"
            "fetch(Remote(sys.argv[1], 'a'), Path(sys.argv[2]), progress=lambda *_: time.sleep(.05))\n"
        )
        work = subprocess.Popen([sys.executable, "-c", code, server.url, str(tmp_path)], cwd=ROOT)
        part = tmp_path / "a.part"
        end = monotonic() + 30
        while not (part.exists() and part.stat().st_size > len(CONTENT)) and monotonic() < end:
            sleep(0.01)
        os.kill(work.pid, signal.SIGKILL)
        work.wait()
        there = part.stat().st_size
        assert len(CONTENT) < there < len(content)
        assert fetch(Remote(server.url, "a"), tmp_path).read_bytes() == content
        assert server.asked[1:] == [f"bytes={there}-"]
