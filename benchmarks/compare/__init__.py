"""searchapp's embedded engine beside other search engines, each doing the same work.

`articles` are what is indexed, `questions` are drawn from them, a `peer` is an engine behind one
small protocol, `measure` runs the clock and `report` writes it down with `plots`. The command is
`../compare.py`.
"""
