"""The command as it runs: two processes, nothing outside asked, a worker that dies, and an end that leaves nothing."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from app.app_settings import AppError, AppSettings
from app.serve import keep_uploads_of, streamlit_options
from app.work import supervise
from app.work.end_with_parent import end_with_parent
from app.work.supervise import keep_running, private_folder, require_free
from imaging.errors import HistoboostError

ROOT = Path(__file__).resolve().parents[3]
BLOCKED = """
import os, socket
connect = socket.socket.connect
def blocked(self, address):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
        with open(os.environ["ASKED"], "a") as file:
            print(address, file=file)
        raise OSError("there is no network")
    return connect(self, address)
socket.socket.connect = blocked
"""


def free_port():
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


def until(true, seconds=40):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM, nor modes of folders")
def test_the_command_from_its_start_to_its_end(place, tmp_path):
    pytest.importorskip("streamlit")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(BLOCKED)
    port = free_port()
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site"), "ASKED": str(tmp_path / "asked"),
                                "TMPDIR": str(tmp_path)}  # fmt: skip
    command = [sys.executable, ROOT / "pipeline.py", "app", "--models", place.bundle.parent, "--port", port]
    page = subprocess.Popen(list(map(str, command)), env=environment, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert f"the page is at http://127.0.0.1:{port}" in page.stdout.readline()
    (folder,) = tmp_path.glob("histoboost-page-*")
    assert folder.stat().st_mode & 0o77 == 0, "nobody else may look into it"
    children = psutil.Process(page.pid).children(recursive=True)
    listening = [one.laddr for child in children for one in child.net_connections() if one.status == "LISTEN"]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    with urlopen(f"http://127.0.0.1:{port}/") as answer:
        assert re.findall(rb"""(?:src|href)=["'](?:https?:|//)""", answer.read()) == []
    until(lambda: list((folder / "bundles").glob("*.json")))
    (worker,) = [child for child in children if "app.work.answering_worker" in child.cmdline()]
    worker.kill()
    assert "the worker ended unexpectedly" in page.stdout.readline()
    children = psutil.Process(page.pid).children(recursive=True)
    page.send_signal(signal.SIGTERM)
    assert page.wait(20) == 143
    assert not any(child.is_running() for child in children) and not folder.exists()
    assert not (tmp_path / "asked").exists(), (tmp_path / "asked").read_text()


def test_a_process_ends_once_the_other_end_of_its_input_is_closed(monkeypatch):
    left, codes = [b"x", b""], []
    monkeypatch.setattr(os, "read", lambda *_: left.pop(0))
    monkeypatch.setattr(os, "_exit", codes.append)
    end_with_parent()
    assert codes == [0] and not left


def test_a_server_that_ends_ends_the_page_and_its_worker(tmp_path, monkeypatch):
    started = []

    def start(module, settings):
        code = "import time; time.sleep(60)" if module == supervise.WORKER else "pass"
        started.append(subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, start_new_session=True))
        return started[-1]

    monkeypatch.setattr(supervise, "start", start)
    with pytest.raises(AppError, match="server ended with exit code 0"):
        list(keep_running(AppSettings(tmp_path)))
    assert started[0].returncode == (1 if sys.platform == "win32" else -signal.SIGTERM)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "localhost", "127.0.0.2", ""])
def test_another_host_wants_a_token(run, host):
    assert "add --token, or leave --host out" in run("app", "--host", host, code=2)
    assert "a token has 16 characters or more" in run("app", "--host", host, "--token", "short", code=2)


@pytest.mark.parametrize("address", ["https://page.example.org", "page.example.org:8443", "page.example.org/x", "a b"])
def test_an_address_is_a_name_alone(tmp_path, address):
    with pytest.raises(AppError, match="name of a machine alone"):
        AppSettings(tmp_path, address=address)


def test_what_cannot_be_is_refused_before_anything_starts(run, tmp_path):
    pytest.importorskip("streamlit")
    assert "is no folder" in run("app", "--folder", tmp_path / "gone", code=2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"nothing can listen at 127.0.0.1, port {port}" in run("app", "--port", port, code=2)
        with pytest.raises(HistoboostError, match="give another --port"):
            require_free("127.0.0.1", port)
    with pytest.raises(AppError, match="nothing can listen at no such host"):
        require_free("no such host", 8501)


def test_without_streamlit_a_sentence_says_what_to_install(run, monkeypatch):
    monkeypatch.setattr("commands.app.app.find_spec", lambda name: None)
    assert "pip install 'histoboost[app]'" in run("app", code=2)


def test_settings_come_back_and_the_folder_goes():
    with private_folder() as folder:
        settings = AppSettings(folder, folder=Path("images"), token="0123456789abcdef")
        assert AppSettings.read(settings.write()) == settings
    assert not folder.exists()


def test_streamlit_is_told_to_be_careful(tmp_path):
    options = streamlit_options(AppSettings(tmp_path, address="pathology.example.org"))
    assert options["server.address"] == "127.0.0.1" and options["browser.serverAddress"] == "pathology.example.org"
    careful = {"server.enableCORS", "server.enableXsrfProtection"}
    assert all(options[name] is True for name in careful)
    careless = ("browser.gatherUsageStats", "server.runOnSave", "server.enableStaticServing", "server.enableAgentApi")
    assert all(options[name] is False for name in careless)
    assert options["client.showErrorDetails"] == "none" and options["server.maxUploadSize"] == 256
    assert options["client.allowedOrigins"] == [], "no page elsewhere commands this one"
    assert options["server.allowedHosts"] == ("localhost", "127.0.0.1", "pathology.example.org")
    token = "0123456789abcdef"
    assert AppSettings(tmp_path, host="0.0.0.0", token=token).allowed_hosts == ()
    assert AppSettings(tmp_path, host="0.0.0.0", token=token, address="x.org").allowed_hosts[-1] == "x.org"
    config = pytest.importorskip("streamlit.config")
    unknown = set(options) - set(config.get_config_options())
    assert unknown <= {"server.enableAgentApi", "client.showErrorLinks"}, "younger than the oldest version"


def test_what_strangers_upload_is_not_kept(monkeypatch):
    uploads = pytest.importorskip("streamlit.runtime.memory_uploaded_file_manager")
    kept = uploads.MemoryUploadedFileManager("/upload")
    monkeypatch.setattr(uploads.MemoryUploadedFileManager, "add_file", kept.__class__.add_file)  # as before, afterwards
    keep_uploads_of({"guest"})
    for session in ("stranger", "guest"):
        kept.add_file(session, uploads.UploadedFileRec("1", "a.png", "image/png", b"a"))
    assert kept.get_files("guest", ["1"]) and not kept.get_files("stranger", ["1"])
