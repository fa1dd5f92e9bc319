"""The items of TRIPOD+AI, in our own words: what a paper on a prediction model must report.

Collins et al. 2024, BMJ 385:e078378, doi:10.1136/bmj-2023-078378; the statement itself has the exact wording.
"""

from dataclasses import dataclass

CITATION = "Collins et al. 2024, BMJ 385:e078378, doi:10.1136/bmj-2023-078378"


@dataclass(frozen=True)
class Item:
    """One item: what is asked, and what its author must write where the software cannot."""

    number: str
    part: str
    topic: str
    write: str


ITEMS = (
    Item("1", "Title", "What kind of study it is", "Name the model's task, the patients and that it was developed."),
    Item("2", "Abstract", "Summary", "Write it after TRIPOD+AI for Abstracts, with the accuracy and its interval."),
    Item("3a", "Introduction", "Clinical setting", "Say which decision the answer is for, and which models exist."),
    Item(
        "3b", "Introduction", "Patients and users", "Say for whom it is meant, and who would use it where in the work."
    ),
    Item("3c", "Introduction", "Known inequalities", "Say which groups of patients fare worse today, if it is known."),
    Item("4", "Introduction", "Aim", "Say whether the study develops a model, evaluates one, or both."),
    Item("5a", "Methods", "Where the data come from", "Name archive, trial or challenge, and whom they stand for."),
    Item("5b", "Methods", "Dates", "Give the first and last day of collection."),
    Item("6a", "Methods", "Centres", "Give number, kind and place of the laboratories, and their scanners."),
    Item("6b", "Methods", "Who was included", "Give the rules by which patients and images were taken or left out."),
    Item("6c", "Methods", "Treatments", "Say whether patients were treated before the tissue was taken."),
    Item("7", "Methods", "Preparation of the data", "Say what was done to slides and images before they came here."),
    Item("8a", "Methods", "Outcome", "Say how each class is defined and from which evidence the label comes."),
    Item("8b", "Methods", "Who judged", "Give the number and experience of the pathologists, and how they agreed."),
    Item("8c", "Methods", "Blinding of the outcome", "Say what the pathologists knew when they set the labels."),
    Item("9a", "Methods", "Choice of predictors", "Say why these networks and magnifications, and no others."),
    Item("9b", "Methods", "Definition of predictors", "Give staining, scanner and pixel size of the images."),
    Item("9c", "Methods", "Who measured the predictors", "Say whether a person chose the fields, and what they knew."),
    Item("10", "Methods", "Sample size", "Say why there are this many, and whether that is enough for the question."),
    Item("11", "Methods", "Missing data", "Say which images or facts were missing and why."),
    Item("12a", "Methods", "Use of the data", "Add what was held back for a last test, if anything."),
    Item("12b", "Methods", "Handling of predictors", "Add any change to the descriptors made outside this software."),
    Item(
        "12c",
        "Methods",
        "Kind and building of the model",
        "Say why this kind of model, and what was tuned on which data.",
    ),
    Item("12d", "Methods", "Differences between clusters", "Say how centres or scanners were taken into account."),
    Item("12e", "Methods", "Measures of performance", "Say which measure decides, and chosen when."),
    Item("12f", "Methods", "Updating", "Say whether the model was changed after it was evaluated."),
    Item("12g", "Methods", "How predictions were made", "For other data, name the bundle and its version."),
    Item("13", "Methods", "Class imbalance", "Say why nothing, or what, was done about rare classes."),
    Item("14", "Methods", "Fairness", "Say how results were compared between groups, such as age, sex or origin."),
    Item("15", "Methods", "What the model answers", "Say how its answer is to be read, and why this threshold."),
    Item("16", "Methods", "Training against evaluation", "Say how the patients of the evaluation differ in setting."),
    Item("17", "Methods", "Ethics", "Name the board and its decision, and how consent was given or waived."),
    Item("18a", "Open science", "Funding", "Name the funders and what they had to say in the study."),
    Item("18b", "Open science", "Interests", "Declare the interests of all authors."),
    Item("18c", "Open science", "Protocol", "Say where the study's protocol is, or that there is none."),
    Item("18d", "Open science", "Registration", "Give register and number, or say that it was not registered."),
    Item("18e", "Open science", "Data", "Say where images, labels and folds can be had, and under which terms."),
    Item("18f", "Open science", "Code", "Give the address and the licence of the code."),
    Item("19", "Patients", "Patients and public", "Say how patients took part in the study, or that they did not."),
    Item("20a", "Results", "Flow of patients", "Draw the way from the archive to these images."),
    Item("20b", "Results", "Who they are", "Give age, sex, diagnosis and dates, by class and by centre."),
    Item("20c", "Results", "Against the training data", "For other data, compare patients and outcome with these."),
    Item("21", "Results", "Numbers in each analysis", "Add numbers of analyses made outside this software."),
    Item("22", "Results", "The model itself", "Say where the bundle can be had, and who may use it."),
    Item("23a", "Results", "Performance", "Repeat it for groups of patients that matter."),
    Item(
        "23b", "Results", "Differences between clusters", "Give the results by centre or scanner, if there are several."
    ),
    Item("24", "Results", "Updated model", "Report the changed model and its results, if there is one."),
    Item("25", "Discussion", "Interpretation", "Hold the results against the aim and earlier studies, fairness too."),
    Item("26", "Discussion", "Limits", "Say how the limits may bend the results, and in which direction."),
    Item("27a", "Discussion", "Poor input", "Say what happens to blurred, badly stained or missing images."),
    Item("27b", "Discussion", "Users", "Say what its users must do and know."),
    Item("27c", "Discussion", "Next steps", "Say what remains to be tested before anyone relies on it."),
)
