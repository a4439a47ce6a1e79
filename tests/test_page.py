"""The page for people, in a real browser; and its calls, run as it shows them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, browser, needs_native
from looking import DESK, PHONE, look, too_wide
from serving import MEMBERSHIP, QUARTIC, Service, asks, serving

pytestmark = needs_native

DRAWN = "document.querySelector('#calls pre')"
"""In the page: whether it has had an answer."""

CALLS = """[...document.querySelectorAll("#calls pre")].map((pre) => ({
  circuit: pre.dataset.circuit, way: pre.dataset.way, language: pre.parentElement.dataset.language,
  text: pre.textContent, hidden: pre.parentElement.hidden }))"""


def dom(service: Service, folder: Path) -> str:
    return browser(folder, "--dump-dom", service.url + "/")


def test_the_page_shows_what_the_service_does(tmp_path: Path) -> None:
    with serving("--workers", 2, cwd=tmp_path) as service:
        for number in range(5):
            assert service.prove(asks(MEMBERSHIP, number)).status_code == 200
        service.prove({"circuitId": "quartic", "witness": ["1"]})
        page = dom(service, tmp_path)
        assert '<span id="state" role="status" class="good">ready</span>' in page
        assert '<dd id="proved">5</dd>' in page
        assert '<dd id="failed">1</dd>' in page
        assert "0 of 34 places taken" in page
        assert page.count('<td class="proved">proved</td>') == 5
        assert "<td>WITNESS_COUNT</td>" in page
        assert "<td>request-6</td>" in page
        for pid in service.workers:
            assert f'<td class="n">{pid}</td>' in page
        assert "<td>membership</td><td>inputs, witnesses</td><td>bn128</td>" in page
        assert '<a href="openapi.json">' in page
        asked = [event for event in service.events("request") if event["route"] == "/api/status"]
        assert len(asked) >= 3, "it is live: it asks again every second"
        page = service.client.get("/").text
    assert "http" not in page.replace("http-equiv", ""), "nothing comes from elsewhere"


def test_names_from_outside_are_text_and_never_markup(tmp_path: Path) -> None:
    name = "<img onerror>"
    with serving(f"--circuit={name}={QUARTIC}", "--workers", 1, cwd=tmp_path) as service:
        service.prove(asks(QUARTIC) | {"circuitId": name})
        page = dom(service, tmp_path)
    assert "&lt;img onerror&gt;" in page
    assert "<img" not in page


def test_the_page_is_locked_where_a_token_is_asked_for(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("a" * 32)
    with serving("--workers", 1, "--token-file", tokens, cwd=tmp_path) as service:
        page = dom(service, tmp_path)
        assert '<span id="state" role="status" class="bad">locked</span>' in page
        assert '<form id="door">' in page
        assert "<td>quartic</td>" not in page
        unlocked = f"""(() => {{
          if (document.querySelector("#door").hidden && {DRAWN}) return true;
          if (!document.querySelector("#door").hidden) {{
            document.querySelector("#token").value = {"a" * 32!r};
            document.querySelector("#door button").click();
          }}
        }})()"""
        seen = look(service.url, tmp_path, until=unlocked, ask=CALLS, axe=False)
        seen_text = look(service.url, tmp_path, until=unlocked, axe=False, ask="document.body.innerText")
        assert "Set the environment variable TOKEN" in seen_text.asked
        texts = [call["text"] for call in seen.asked if call["circuit"] == "quartic"]
        assert texts
        assert all("TOKEN" in text and "a" * 32 not in text for text in texts), "it shows no token"
        for call in seen.asked:
            if (call["circuit"], call["way"]) == ("quartic", "values"):
                status, answer = ran_as_shown(call, tmp_path, TOKEN="a" * 32)
                assert (status, answer.get("success")) == (200, True), (call, answer)


def ran_as_shown(call: dict[str, Any], folder: Path, **environment: str) -> tuple[int, dict[str, Any]]:
    """Runs a call as the page shows it. Status and answer."""
    how = {"curl": ["sh", "call.sh"], "node": ["node", "call.mjs"], "python": [sys.executable, "call.py"]}
    words = how[call["language"]]
    # Nothing is added but curl's own words for "print the status as well": a person sees it with -i.
    (folder / ".curlrc").write_text('silent\nwrite-out = "\\n%{http_code}"\n')
    (folder / words[-1]).write_text(call["text"])
    ran = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"CURL_HOME": str(folder)} | environment,
    )  # fmt: skip
    assert ran.returncode == 0, (call, ran.stderr)
    if call["language"] == "curl":
        told, _, status = ran.stdout.rpartition("\n")
    else:
        status, _, told = ran.stdout.partition(" ")
    return int(status), json.loads(told)


def test_the_calls_work_as_the_page_shows_them(tmp_path: Path) -> None:
    """Each in curl, Node and Python, for circuits whose names need care, with and without a calculator."""
    if not all(map(shutil.which, ("curl", "node"))):
        pytest.skip("needs curl and Node")
    odd = """o'neil "q" $HOME \\n é"""
    (tmp_path / "plain").mkdir()
    shutil.copy(QUARTIC / "circuit.zkey", tmp_path / "plain")
    more = [f"--circuit={odd}={QUARTIC}", "--circuit=plain=plain"]
    with serving(*more, "--workers", 1, cwd=tmp_path) as service:
        seen = look(service.url, tmp_path, until=DRAWN, ask=CALLS, axe=False)
        ways = {(call["circuit"], call["way"], call["language"]) for call in seen.asked}
        languages = {"curl", "node", "python"}
        with_inputs, all_ways = ("quartic", odd, "membership"), ("values", "input.json", "witness.wtns")
        kinds = {(circuit, way) for circuit in with_inputs for way in all_ways} | {("plain", "witness.wtns")}
        assert ways == {(*kind, language) for kind in kinds for language in languages}
        assert {call["language"] for call in seen.asked if not call["hidden"]} == {"curl"}
        for call in seen.asked:
            sample = MEMBERSHIP if call["circuit"] == "membership" else QUARTIC
            shutil.copy(sample / "inputs" / "0000.json", tmp_path / "input.json")
            shutil.copy(sample / "witnesses" / "0000.wtns", tmp_path / "witness.wtns")
            status, answer = ran_as_shown(call, tmp_path)
            if (call["circuit"], call["way"]) == ("membership", "values"):  # zeros are no member
                assert (status, answer["code"]) == (422, "ASSERT_FAILED"), call
            else:
                assert (status, answer.get("circuitId")) == (200, call["circuit"]), (call, answer)


def test_examples_have_the_shapes_of_the_inputs(tmp_path: Path) -> None:
    source = (ROOT / "prover_cli" / "serve" / "page" / "snippets.js").read_text()
    inputs: dict[str, list[int]] = {
        "a": [], "m": [2, 3], "none": [0], "note.amount": [], "note.owners[0].x": [], "note.owners[1].x": [2],
        "grid[0][1].v": [], "grid[0][0].v": [], "__proto__.x": [],
    }  # fmt: skip
    script = f"{source}\nconsole.log(JSON.stringify(exampleInput({json.dumps(inputs)})));"
    (tmp_path / "one.cjs").write_text(script)
    ran = subprocess.run(["node", "one.cjs"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == {
        "a": "0", "m": [["0"] * 3] * 2, "none": [],
        "note": {"amount": "0", "owners": [{"x": "0"}, {"x": ["0", "0"]}]},
        "grid": [[{"v": "0"}, {"v": "0"}]], "__proto__": {"x": "0"},
    }  # fmt: skip


@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_is_cut_off(tmp_path: Path, width: int, scheme: str) -> None:
    with serving("--workers", 1, cwd=tmp_path) as service:
        empty = look(service.url, tmp_path, until=DRAWN, width=width, scheme=scheme,
                     ask="document.querySelector('#recent').textContent")  # fmt: skip
        assert "No jobs yet" in empty.asked
        service.prove(asks(QUARTIC))
        service.prove({"circuitId": "quartic", "witness": ["1"]})
        full = look(service.url, tmp_path, until=DRAWN, width=width, scheme=scheme, ask=too_wide())
    (tmp_path / "tokens").write_text("a" * 32)
    with serving("--workers", 1, "--token-file", "tokens", cwd=tmp_path) as service:
        locked = look(service.url, tmp_path, until="!document.querySelector('#door').hidden", width=width,
                      scheme=scheme, ask=too_wide())  # fmt: skip
    for seen in (empty, full, locked):
        assert seen.serious == []
        assert seen.passes >= 20, "Axe has looked"
    assert full.asked == locked.asked == []
    assert empty.errors == full.errors == [], "the page's own policy lets it run"


def test_axe_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text(
        '<!doctype html><title>t</title><p style="color:#ccc">faint</p><input>'
    )
    seen = look((tmp_path / "bad.html").as_uri(), tmp_path)
    assert {"color-contrast", "label", "html-has-lang"} <= {found["id"] for found in seen.serious}
