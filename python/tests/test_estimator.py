"""scikit-learn's own checks of its estimators, and what they do not ask."""

import numpy
import pandas
import pytest
import qissa
from sklearn.utils.estimator_checks import parametrize_with_checks

#: Checks that cannot apply, and why.
NOT_FOR_TEXT = {"check_clustering": "it wants the clouds of points in a plane found: items are texts, not points"}


@parametrize_with_checks([qissa.StoryClusterer()], expected_failed_checks=lambda _: NOT_FOR_TEXT)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


TEXTS = ["Bridge over the river opens", "Rain on the coast", "Bridge over the river opens to traffic"]


@pytest.mark.parametrize(
    "X",
    [
        TEXTS,
        tuple(TEXTS),
        numpy.array(TEXTS),
        numpy.array(TEXTS, dtype=object),
        numpy.array(TEXTS).reshape(-1, 1),
        pandas.Series(TEXTS),
        pandas.DataFrame({"title": TEXTS}),
        [{"title": text} for text in TEXTS],
    ],
    ids=lambda X: type(X).__name__,
)
def test_texts_in_any_shape(X):
    found = qissa.StoryClusterer(level="duplicates").fit(X)
    assert found.labels_.tolist() == [0, 1, 0] and found.n_clusters_ == 2 and found.n_features_in_ == 1


def test_cells_of_a_row_are_one_text():
    rows = numpy.array([text.split(" ", 1) for text in TEXTS])
    assert qissa.StoryClusterer(level="duplicates").fit_predict(rows).tolist() == [0, 1, 0]


def test_it_groups_as_cluster_does():
    frame = pandas.DataFrame({"id": list("abc"), "headline": TEXTS, "published": ["2025-01-01"] * 3})
    for level in ("stories", "duplicates"):
        ids = qissa.cluster(frame, level=level).to_pandas()["cluster_id"]
        assert qissa.StoryClusterer(level).fit_predict(frame).tolist() == pandas.factorize(ids)[0].tolist()


@pytest.mark.parametrize("X", ["one text", [], [1, 2], numpy.zeros(3), [[1, 2], [3]]], ids=repr)
def test_what_is_no_text_is_refused(X):
    with pytest.raises(ValueError):
        qissa.StoryClusterer().fit(X)
