"""A points card: logistic regression whose every coefficient has the sign that its rule is meant to have.

scikit-learn's own LogisticRegression has no such bound (ADR 30); this estimator minimises the same penalised loss
under bounds and rounds to whole points, so that what is calibrated and reported is the card as it would be used.
"""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from sklearn.base import BaseEstimator, ClassifierMixin  # type: ignore[import-untyped]

Floats = NDArray[np.float64]
#: A rule's points may be no more than a ruleset's.
_MOST = 100


class PointsCard(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """`signs` holds 1 for a column that may only raise and -1 for one that may only lower. So many points
    (`per_doubling`) double the odds; `penalty` is the weight of the squared coefficients."""

    def __init__(self, signs: tuple[int, ...] = (), *, per_doubling: float = 10.0, penalty: float = 1.0) -> None:
        self.signs = signs
        self.per_doubling = per_doubling
        self.penalty = penalty

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> PointsCard:
        """Fit to columns of 0 and 1 and labels of False and True."""
        self.classes_ = np.array([False, True])
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        # Every column turned so that it may only raise: the bound is the same for all.
        turned = np.asarray(X, dtype=float) * np.asarray(self.signs, dtype=float)
        side = np.where(np.asarray(y, dtype=bool), 1.0, -1.0)
        penalty = self.penalty

        def loss(parameters: Floats) -> tuple[float, Floats]:
            intercept, coefficients = parameters[0], parameters[1:]
            margin = side * (turned @ coefficients + intercept)
            pull = -weight * side / (1.0 + np.exp(np.clip(margin, -500, 500)))
            value = float(weight @ np.logaddexp(0.0, -margin)) + 0.5 * penalty * float(coefficients @ coefficients)
            return value, np.concatenate([[pull.sum()], turned.T @ pull + penalty * coefficients])

        bounds = [(None, None), *([(0.0, None)] * turned.shape[1])]
        found = minimize(loss, np.zeros(turned.shape[1] + 1), jac=True, bounds=bounds, method="L-BFGS-B")
        self.coef_ = np.asarray(self.signs) * found.x[1:]
        self.points_ = np.clip(np.rint(self.coef_ * self.per_doubling / log(2.0)), -_MOST, _MOST).astype(int)
        return self

    def decision_function(self, X: Floats) -> Floats:
        """The card's score: a sum of whole points."""
        score: Floats = np.asarray(X, dtype=float) @ self.points_.astype(float)
        return score

    def predict(self, X: Floats) -> NDArray[Any]:
        """Whether the score is above nothing; the card itself draws no line, its bands do."""
        return self.decision_function(X) > 0
