"""One file per figure; `ALL` is the order in which they are measured and shown."""

from benchmarks.figures import (
    bulk_post,
    decision,
    guard,
    relay_leg,
    schema_load,
    single_post,
    sources,
)

ALL = (
    single_post.FIGURE,
    bulk_post.FIGURE,
    relay_leg.FIGURE,
    decision.FIGURE,
    schema_load.FIGURE,
    guard.FIGURE,
    sources.FIGURE,
)
