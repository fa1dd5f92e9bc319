"""The process that shows the page: `python -m app.serve SETTINGS`.

Streamlit is told here all that makes it safe; nothing else of its settings comes from the user's machine but looks.
"""

import sys
from collections.abc import Collection
from pathlib import Path
from threading import Thread
from typing import Any

from app.app_settings import LARGEST_UPLOAD, AppSettings
from app.work.end_with_parent import end_with_parent

MAIN = Path(__file__).parent / "main.py"


def streamlit_options(settings: AppSettings) -> dict[str, Any]:
    """What streamlit is told, by the name of the option; a version that does not know one goes without."""
    return {
        "server.address": settings.host,
        "server.port": settings.port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.allowRunOnSave": False,
        "server.allowedHosts": settings.allowed_hosts,
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.enableStaticServing": False,
        "server.enableAgentApi": False,
        "server.maxUploadSize": LARGEST_UPLOAD,
        "server.disconnectedSessionTTL": 60,
        "browser.gatherUsageStats": False,
        "browser.serverAddress": settings.shown_address,
        "client.allowedOrigins": [],  # pages elsewhere that would command this one from a frame around it
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.toolbarMode": "minimal",
        "client.showSidebarNavigation": False,
        "global.developmentMode": False,
        "logger.hideWelcomeMessage": True,
        "logger.level": "error",
        "runner.magicEnabled": False,
        "theme.base": "light",
        "theme.primaryColor": "#0072b2",
        "theme.textColor": "#1c2126",
        "theme.backgroundColor": "#ffffff",
        "theme.secondaryBackgroundColor": "#f5f7f9",
        "theme.linkColor": "#005a8f",
    }


def keep_uploads_of(entered: Collection[str]) -> None:
    """Keep in memory only what sessions of these IDs upload: streamlit takes files from every browser that connects."""
    from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager as Uploads
    from streamlit.runtime.uploaded_file_manager import UploadedFileRec

    add_file = Uploads.add_file

    def add_if_entered(self: Uploads, session_id: str, file: UploadedFileRec) -> None:
        if session_id in entered:
            add_file(self, session_id, file)

    Uploads.add_file = add_if_entered  # type: ignore[method-assign]


def main() -> None:
    """Show the page until the process ends."""
    Thread(target=end_with_parent, daemon=True).start()
    settings = AppSettings.read(sys.argv[1])
    wanted = streamlit_options(settings)
    from streamlit import config, net_util
    from streamlit.web import bootstrap

    known = config._config_options_template  # to read the options themselves would be to read them twice
    flags = {name.replace(".", "_"): value for name, value in wanted.items() if name in known}

    if settings.token:
        from app.page.session import ENTERED

        keep_uploads_of(ENTERED)
    net_util.get_external_ip = lambda: None  # it would ask a web page outside for our address
    net_util.get_internal_ip = lambda: None
    bootstrap.load_config_options(flags)  # they come before any file of settings that lies here
    bootstrap.run(str(MAIN), False, [], flags)


if __name__ == "__main__":
    main()
