"""What a notebook needs, under one name. Importing this does no work: a name is loaded when it is first used.

Images, a folder of class folders or a table, become a data set; predictions of any origin become a report:

>>> import histoboost
>>> histoboost.read_dataset(manifest).classes
('normal', 'benign', 'insitu', 'invasive')
>>> table = histoboost.read_predictions(predictions)
>>> fusion = histoboost.out_of_fold_of(histoboost.fuse(table), positive=["invasive"])
>>> evaluation = histoboost.Evaluation.of(fusion, variants=histoboost.out_of_fold_by_model(table))
>>> evaluation.overall["accuracy"].value  # .low and .high are the ends of its 95 % interval
0.625
>>> tables = histoboost.write_report(folder, evaluation)
>>> (folder / "report.html").is_file(), histoboost.measures(histoboost.fuse(table))["accuracy"]["value"]
(True, 0.625)

A bundle that `fit` made predicts new images, or votes on descriptors (image, view, dim) of your own:

>>> bundle = histoboost.Bundle.open(bundle_path)
>>> [answer.label in bundle.classes for answer in histoboost.predict(bundle, images)]
[True, True]
"""

from importlib import import_module

HOMES = {  # where each name comes from
    "read_dataset": "cohort.read_dataset",
    "make_folds": "cohort.folds",
    "Cohort": "cohort.cohort",
    "predictions_table": "cohort.predictions",
    "read_predictions": "cohort.predictions",
    "Protocol": "featurize.protocol",
    "plan_extraction": "featurize.plan",
    "extract": "featurize.extract",
    "find_stores": "featurize.store.gather",
    "gather": "featurize.store.gather",
    "BoostSettings": "boost.settings",
    "cross_validate": "boost.crossval",
    "fuse": "boost.fusion",
    "Bundle": "boost.bundle.bundle",
    "predict": "workflow.answering.prediction",
    "out_of_fold_of": "report.out_of_fold",
    "out_of_fold_by_model": "report.out_of_fold",
    "Evaluation": "report.evaluation",
    "compare": "report.comparison",
    "measures": "report.numbers",
    "write_report": "report.write",
    "HistoboostError": "imaging.errors",
}


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"histoboost has no {name}; it has {', '.join(__dir__())}")
    return getattr(import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(HOMES)
