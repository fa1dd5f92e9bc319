"""Where in an image the models see what, and which training images lie nearest, as HTML."""

from markupsafe import Markup

from app.page.answer_card import picture
from app.page.words import per_cent
from app.work.answer_record import AnswerRecord
from app.work.job import PICTURES, Job
from app.work.where_of import SCALE
from imaging.errors import shown
from report.where.evidence_map import MEANING

NEAR = (
    "What the networks take for alike, which often is stain and texture rather than diagnosis. These labels are no "
    "vote: nothing of the answer rests on them."
)


def where_markup(job: Job, record: AnswerRecord) -> Markup:
    """What stands behind the answer to an image; nothing where there is none."""
    return Markup("") if record.answer.error else _maps(job, record) + _nearest(job, record)


def _maps(job: Job, record: AnswerRecord) -> Markup:
    """The evidence maps, where they were asked for."""
    where = record.where
    title = Markup('<div class="hb"><h2>Where in the image</h2>{}</div>')
    if where.get("no_map"):
        return title.format(Markup('<p class="soft">{}</p>').format(where["no_map"]))
    if "maps" not in where:
        return Markup("")
    figures = [Markup("<li>{}</li>").format(_map_figure(job, record, drawn)) for drawn in where["maps"]]
    height, width = where["window"]
    words = f"One window is {width:.0f} × {height:.0f} pixels: nothing smaller can be seen in a map. {MEANING}"
    left_out = " ".join(map(shown, where["left_out"]))
    body = Markup('<ul class="hb-where">{}</ul>{}<p class="soft">{} {}</p>')
    return title.format(body.format(Markup("").join(figures), _scale(job), words, left_out))


def _nearest(job: Job, record: AnswerRecord) -> Markup:
    """The training images that are nearest, with small copies where the bundle has some."""
    title = Markup('<div class="hb"><h2>The nearest training images</h2>{}</div>')
    if not record.answer.nearest:
        return title.format(Markup('<p class="soft">{}</p>').format(record.where.get("no_nearest", "")))
    items = []
    for neighbour, file in zip(record.answer.nearest, record.where["copies"], strict=True):
        known = neighbour.reference
        image = picture(job, file, f"Small copy of the training image {shown(known.image)}") if file else Markup("")
        patient = f"patient {shown(known.patient)}" if known.patient else "patient not known"
        item = Markup('<li>{}<p><b>{}</b>, distance {}</p><p class="soft">{}, {}</p></li>')
        items.append(item.format(image, shown(known.label), f"{neighbour.distance:.2f}", shown(known.image), patient))
    return title.format(
        Markup('<ol class="hb-where near">{}</ol><p class="soft">{}</p>').format(Markup("").join(items), NEAR)
    )


def _map_figure(job: Job, record: AnswerRecord, drawn: dict) -> Markup:
    name, share = shown(drawn["class"]), per_cent(drawn["share"])
    words = f"Evidence map for {name}: {share} on average over the windows"
    answered = " (answered)" if drawn["class"] == record.answer.label else ""
    image = picture(job, drawn["file"], words)
    return Markup("<figure>{}<figcaption><b>{}</b>{}: {} on average</figcaption></figure>").format(
        image, name, answered, share
    )


def _scale(job: Job) -> Markup:
    """The colours of the maps."""
    if not (job.folder / PICTURES / SCALE).is_file():
        return Markup("")
    return Markup(
        '<div class="hb-scale"><span>0 %</span>{}<span>100 %</span></div>'
        '<p class="soft">Mean vote for the class of the windows over a point, not calibrated.</p>'
    ).format(picture(job, SCALE, "Scale of the maps, from dark blue for 0 % to yellow for 100 %"))
