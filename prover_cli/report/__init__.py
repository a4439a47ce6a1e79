"""What is said of a run once it has ended: as a `result`, as a JSON `summary`, and as one HTML file.

For the HTML file `recording` listens while the run lasts; `page` and `charts` draw what was heard.
"""
