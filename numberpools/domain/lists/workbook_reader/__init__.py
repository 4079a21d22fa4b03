"""Reads a workbook in a process of its own and hands its rows on: see `program`.

A bad file can take all memory or abort the process. `program` is what runs there, within limits;
`excel` and `opendocument` read the formats, `parts` the XML within them, and `sheets` is what they
make. Nothing here imports anything of ours but its own modules, so that the process starts at once.
"""
