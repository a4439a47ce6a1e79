"""The outcome of a run: as a `result`, as a JSON `summary`, and as one HTML file.

For the HTML file, `recording` collects what happens during the run, and `page` shows it: `head`, `tables`,
`sizing` and `charts` are its parts, and `origin` says where it was made.
"""
