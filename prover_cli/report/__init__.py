"""The run as one HTML file: `recording` listens while it lasts, `page` and `charts` draw what was heard."""
