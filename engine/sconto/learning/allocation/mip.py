"""The same problem as an integer programme: slow, exact, and the oracle of the search."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from sconto.learning.allocation.dual import Amounts


def best_value(value: Amounts, cost: Amounts, budget: float, gap: float = 1e-6) -> float:
    """What the best allocation within *budget* brings, to the relative *gap*, by HiGHS.

    *value* and *cost* are float64 [n, k]; see `allocate`. Raises RuntimeError when HiGHS finds
    none.
    """
    n, k = value.shape
    once = csr_array((np.ones(n * k), (np.repeat(np.arange(n), k), np.arange(n * k))))
    found = milp(
        -value.ravel(),
        integrality=np.ones(n * k),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(once, ub=np.ones(n)),
            LinearConstraint(csr_array(cost.reshape(1, -1)), ub=budget),
        ],
        options={"mip_rel_gap": gap},
    )
    if found.x is None:
        raise RuntimeError(f"HiGHS found no allocation: {found.message}")
    return float(-found.fun)
