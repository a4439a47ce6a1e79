"""The page for people, in a real browser."""

from pathlib import Path

from conftest import browser, needs_native
from serving import MEMBERSHIP, QUARTIC, Service, asks, serving

pytestmark = needs_native


def dom(service: Service, folder: Path) -> str:
    return browser(folder, "--dump-dom", service.url + "/")


def test_the_page_shows_what_the_service_does(tmp_path: Path) -> None:
    with serving("--workers", 2, cwd=tmp_path) as service:
        for number in range(5):
            assert service.prove(asks(MEMBERSHIP, number)).status_code == 200
        service.prove({"circuitId": "quartic", "witness": ["1"]})
        page = dom(service, tmp_path)
        assert '<span id="state" role="status" class="good">ready</span>' in page
        assert '<b id="proved">5</b>' in page
        assert '<b id="failed">1</b>' in page
        assert "0 of 34 places taken" in page
        assert page.count('<td class="proved">proved</td>') == 5
        assert "<td>WITNESS_COUNT</td>" in page
        for pid in service.workers:
            assert f'<td class="n">{pid}</td>' in page
        assert "<td>membership</td><td>bn128</td>" in page
        asked = [event for event in service.events("request") if event["route"] == "/api/status"]
        assert len(asked) >= 3, "it is live: it asks again every second"
        picture = tmp_path / "page.png"
        browser(tmp_path, f"--screenshot={picture}", service.url + "/")
        assert picture.stat().st_size > 20_000
    markup = (Path(__file__).parent.parent / "prover_cli" / "serve" / "page.html").read_text()
    assert "http" not in markup.replace("http-equiv", ""), "nothing comes from elsewhere"


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
