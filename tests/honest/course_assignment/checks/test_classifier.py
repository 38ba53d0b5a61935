"""What the small course assignment asks: a model that was trained, and answers that beat guessing."""

from autograder.checks.api import accuracy, check, fail, grade_by


@check("model.was-trained")
def the_model_was_trained(run):
    """`model` must have been trained with `fit`."""
    if not any(fit.epochs > 0 for fit in run.fits("model")):
        fail("`model` was not trained.")
    if run.fits("model")[0].before:  # a model may build its weights only when it is trained
        assert run.moved("model"), "No weight of `model` moved."


@check("classify.generalises")
def withheld_sentences_are_classified(student, holdout):
    """`classify` must do better than always giving the most frequent class."""
    numbers = [holdout.classes.index(label) for label in holdout.labels]
    return grade_by(accuracy(student.call("classify", holdout.inputs), numbers), {"0.72": "1"})
