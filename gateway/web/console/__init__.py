"""The console: pages for people, made here and readable without a script.

`frame` is what all pages share, `door` lets people in, the others are the pages by subject.
"""
