"""A page as people see it: in headless Chromium, at the width of a screen, in light or dark, and with Axe."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

PHONE, DESK = 390, 1200
"""Widths in CSS pixels."""

SERIOUS = ("serious", "critical")


@dataclass(frozen=True)
class Seen:
    """What was seen of a page."""

    asked: Any
    """What the expression was in the page."""
    violations: list[dict[str, Any]]
    """Axe's."""
    passes: int
    """How many of Axe's rules the page passed."""
    errors: list[str]
    """Of the console."""

    @property
    def serious(self) -> list[dict[str, Any]]:
        return [found for found in self.violations if found["impact"] in SERIOUS]


def look(
    url: str,
    folder: Path,
    *,
    until: str = "true",
    width: int = DESK,
    scheme: str = "light",
    ask: str = "null",
    axe: bool = True,
) -> Seen:
    """Waits for the expression `until` to be true in the page. A picture is left in the folder."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None or shutil.which("node") is None:
        pytest.skip("needs Chromium and Node")  # CI installs both, and fails where a test is skipped
    if axe and not (ROOT / "tests" / "node_modules" / "axe-core").is_dir():
        pytest.skip("needs axe-core: npm ci --prefix tests")  # as above
    wanted = {
        "url": url, "chromium": chromium, "profile": str(folder / "profile"), "width": width,
        "scheme": scheme, "until": until, "axe": axe, "ask": ask,
        "png": str(folder / f"{scheme}-{width}.png"),
    }  # fmt: skip
    ran = subprocess.run(
        ["node", ROOT / "tests" / "node" / "look.mjs", json.dumps(wanted)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    return Seen(told.get("asked"), told.get("axe", []), told.get("passes", 0), told["errors"])


def too_wide(inside: str = "body *") -> str:
    """An expression: what sticks out of the window, scrolling boxes and what is in them left out."""
    return (
        f"[...document.querySelectorAll({json.dumps(inside)})].filter((one) => "
        "one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll, pre, .unseen'))"
        ".map((one) => one.outerHTML.slice(0, 100))"
    )
