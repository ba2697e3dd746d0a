"""The demonstration: three gateways on this machine exchange real files, and every step is checked.

    command     `gateway demo`
    processes   commands, web and worker processes as children, always stopped
    stage       three folders, settings, certificates, items: what three offices would set up
    scenario    what happens, in order, and what must have come of it
    expected    what must become of every record
    capture     one envelope and the keys that open it, for a second reader
    report      what went where and why not: on the terminal and as JSON
    page        the same as one HTML file, with the flow drawn

Uses the commands and the API that everybody uses. Decides nothing.
"""
