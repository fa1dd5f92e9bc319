"""Answers as a page to print or to keep: one HTML file that loads nothing, a sheet of paper for each image."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from markupsafe import Markup

from app.page.answer_card import bars, class_line, looked_at, notes_list, small_copy
from app.page.where_view import where_markup
from app.page.words import BANNER, accuracy_words, cautions_of, notes_of, reading_words, training_words
from app.work.answer_record import AnswerRecord
from app.work.bundle_facts import BundleFacts
from app.work.job import Job
from imaging.errors import shown

STYLE = Path(__file__).with_name("look.css")
PAGE = Markup("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: histoboost</title>
<style>{style}
body {{ margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 46rem; font: 1rem/1.5 system-ui, "Segoe UI", Roboto, Arial, sans-serif; }}
article {{ break-after: page; margin-bottom: 3rem; }}
article img {{ max-width: 100%; }}
.hb-card {{ border: 0; padding: 1rem 0; grid-template-columns: 18rem minmax(0, 1fr); }}
.hb-card img {{ max-height: 18rem; }}
@media (max-width: 40rem) {{ .hb-card {{ grid-template-columns: minmax(0, 1fr); }} }}
@page {{ size: A4; margin: 15mm; }}
@media print {{ body {{ padding: 0; max-width: none; print-color-adjust: exact; -webkit-print-color-adjust: exact; }} }}
</style>
</head>
<body>
{articles}
</body>
</html>
""")  # noqa: E501  # an attribute has no line breaks
ARTICLE = Markup("""<article class="hb">
<p class="soft">histoboost, answer for one image · {when}</p>
<h1>{name}</h1>
<div class="hb-banner" style="position: static">{banner}</div>
<div class="hb-card">{picture}<div>{answer}</div></div>
<p class="soft">{reading}</p>
{where}
<h2>Who answers</h2>
<p>The models of <b>{bundle}</b> (file SHA-256 {digest}). {training} {accuracy} <b>{cautions}</b></p>
<p class="soft">SHA-256 of the image {sha256}</p>
</article>
""")


def printable_page(job: Job, records: Sequence[AnswerRecord], facts: BundleFacts, threshold: float) -> bytes:
    """The page of some images of a job."""
    articles = Markup("").join(_article(job, record, facts, threshold) for record in records)
    title = shown(records[0].answer.image) if len(records) == 1 else f"{len(records)} images"
    style = Markup(STYLE.read_text(encoding="utf-8"))
    return PAGE.format(title=title, style=style, articles=articles).encode()


def _article(job: Job, record: AnswerRecord, facts: BundleFacts, threshold: float) -> Markup:
    answer = record.answer
    if answer.error:
        said = Markup("<p class='hb-class'>No answer</p><p>{}</p>").format(answer.error)
    else:
        said = class_line(record) + bars(record, facts, threshold)
        said += notes_list(notes_of(record, facts), looked_at(record))
    return ARTICLE.format(
        when=datetime.fromtimestamp(float(job.order["ordered"])).strftime("%Y-%m-%d %H:%M"),
        name=shown(answer.image),
        banner=BANNER,
        picture=small_copy(job, record),
        answer=said,
        reading="" if answer.error else reading_words(facts),
        where=where_markup(job, record),
        bundle=shown(facts.name),
        digest=job.begun.get("bundle", "")[:16],
        training=training_words(facts),
        accuracy=accuracy_words(facts),
        cautions=" ".join(cautions_of(facts)),
        sha256=answer.sha256 or "not known",
    )
