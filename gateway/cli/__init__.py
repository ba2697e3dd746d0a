"""The command `gateway`: a module per noun, each imported when its command is called.

    main       the tree of commands, and the entry point
    frame      how every command is declared, answers and refuses
    show       how answers look on a terminal
    reference  docs/reference/commands.md, written from the tree

Owns words and exit codes: 0 done, 1 refused or failed, 2 wrong use. Decides nothing.
"""
