"""How fast the gateway is, as shares of what the machine itself can do.

`python -m benchmarks` runs every figure, `--quick` in under a minute. A figure is a ratio: what the
gateway does per second, divided by what a raw loop with the same work and no gateway does in the
same run. docs/reference/benchmarks.md explains each.

    frame.py        what a figure is; rounds, rates, medians
    ground.py       two real gateways on loopback, made afresh and removed
    durability.py   refuses to report where a commit might not be on the disk
    raw.py          the raw limits: signatures, sealing, commits, TLS posts
    caller.py       a bare HTTPS client that costs little beside what it measures
    samples.py      the records that are pushed
    figures/        one file per figure; add P3 and the others there and to `figures.ALL`
    showing.py      the table      chart.py  the SVG      machine.py  the class of the machine
"""
