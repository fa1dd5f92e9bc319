"""What a browser makes of markup."""

from html.parser import HTMLParser


class Reader(HTMLParser):
    """The tags, their attributes and the text."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def read(markup):
    """Markup as a browser reads it."""
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader
