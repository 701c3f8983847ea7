"""How stories are put in order. Pure."""

from __future__ import annotations

import math
from datetime import datetime

#: A story counts half after each day without a new report: one of 16 reports stands four days above one of a single report.
HALF_LIFE_DAYS = 1.0


def story_rank(size: int, last: datetime) -> int:
    """The weight of a story of `size` reports, the last at `last`, in thousandths of a doubling.

    Halving with time changes no order between two stories, so that the number can be stored and indexed:
    log2(size · 2^((last - now) / half-life)) is log2(size) + last / half-life, less the same for all.
    """
    days = last.timestamp() / 86_400
    return round(1000 * (math.log2(max(1, size)) + days / HALF_LIFE_DAYS))
