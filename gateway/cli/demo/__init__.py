"""The demonstration: four gateways on this machine exchange real files, and every step is checked.

    command     `gateway demo`
    processes   commands, web and worker processes as children, always stopped
    stage       folders, settings, certificates, items: what the offices would set up
    scenario    what happens, in order, and what must have come of it
    taken_in, asked_of_us, carried_on, looked_up and others: a scene or two each
    together    scenes that do not need each other, at once
    expected    what must become of every record
    capture     one envelope and the keys that open it, for a second reader
    report      what went where and why not: on the terminal and as JSON
    page        the same as one HTML file, with the flow drawn
    left_to_try what `--serve` leaves open, and what each officer types

Uses the commands and the API that everybody uses. Decides nothing.
"""
