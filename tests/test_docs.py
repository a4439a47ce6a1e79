"""README.md and the documentation: every example is run, and whatever they name exists."""

import ast
import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT, needs_native
from documentation import DOCS, PAGES, README, corrected, examples
from readers import reader_of

import prover_cli
from prover_cli.cli import explain
from prover_cli.cli.program import all_commands, the_program
from prover_cli.faults import Code

BY_CI = "it installs this repository, which .ci/run does in fresh environments"
PODMAN = "podman build -f prover_cli/deploy/Containerfile -t prove-batch ."
PEER = "pip install groth16py && prove-batch bench samples/membership --against groth16py --stages"
SETUPS = [
    f"npx snarkjs {system} setup circuit.r1cs powersOfTau28_hez_final_{power}.ptau circuit.zkey"
    for system, power in (("plonk", 16), ("fflonk", 19))
]
COLD = "prove-batch bench --cold --generate 16 --generate 18 --rounds 3 --against rapidsnark=./prover"
UNRUN = {
    "README.md: $ pip install '.[wasm]' && prove-batch samples/quartic/inputs": BY_CI,
    "README.md: $ pip install -e '.[dev]' && pytest": BY_CI,
    "install.md: $ pip install '.[wasm]'": BY_CI,
    "install.md: $ pip wheel --no-deps .": "it builds this repository, as the wheels workflow does",
    f"install.md: $ {PODMAN}": "it needs a network and podman",
    **{f"plonk.md: $ {setup}": "it needs a large file of powers of tau" for setup in SETUPS},
    f"performance.md: $ {PEER}": "it needs a network, and a binary of rapidsnark",
    f"performance.md: $ {COLD}": "it needs a binary of rapidsnark",
}
"""Examples that no test runs, and why."""


@needs_native
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    if not all(map(shutil.which, ("jq", "curl", "node"))) or not (ROOT / "tests" / "node_modules").exists():
        # Only for a checkout without them: CI installs them, and fails where a test is skipped.
        pytest.skip("needs jq, curl and Node: npm ci --prefix tests")
    with reader_of(page, tmp_path) as reader:
        wrong = reader.page(page)
    assert not wrong, "\n\n".join(wrong)


def test_only_the_listed_examples_are_not_run() -> None:
    unrun = [example.title for page in PAGES for example in examples(page) if "unrun" in example.marks]
    assert sorted(unrun) == sorted(UNRUN)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_begins_with_an_example_that_is_run(page: Path) -> None:
    first = next(example for example in examples(page) if example.title not in UNRUN)
    assert first.runs, first.title
    assert first.line < 40, "an example comes before long explanations"


WRONG = {
    "a number that has no unit": "```console\n$ echo 3 proofs\n4 proofs\n```\n",
    "a line that did not come": "```console\n$ echo one\none\n…\n```\n",
    "a command that fails": "```console\n$ false\n```\n",
    "a script that fails": "```sh\nfalse\ntrue\n```\n",
    "a program that fails": "```python\nassert 0\n```\n",
    "a program that prints something else": "```python\nprint(1)\n```\n\n```text\n2\n```\n",
}
RIGHT = "```console\n$ echo 3 proofs in 0.2 s; echo; echo two; echo end\n3 proofs in 9.7 s\n…\nen…\n```\n"


@pytest.mark.parametrize("text", [*WRONG.values(), RIGHT], ids=[*WRONG, "right"])
def test_an_example_that_is_wrong_is_found(text: str, tmp_path: Path) -> None:
    page, folder = tmp_path / "page.md", tmp_path / "folder"
    page.write_text(text, "utf-8")
    folder.mkdir()
    with reader_of(page, folder) as reader:
        wrong = reader.page(page)
    assert len(wrong) == (text != RIGHT), wrong


def test_a_correction_keeps_what_a_page_leaves_out() -> None:
    expected = ["worker pid", "…", "8 proofs hold", "took 0.1 s"]
    got = ["worker pid", "0 7", "1 8", "8 proofs are valid", "took 0.7 s"]
    assert corrected(expected, got) == ["worker pid", "…", "8 proofs are valid", "took 0.1 s"]
    assert corrected(["8 proofs hold"], got[3:]) == got[3:]


def test_the_page_of_errors_is_what_the_table_of_codes_says() -> None:
    assert (DOCS / "errors.md").read_text("utf-8") == explain.page(), (
        "python tests/readers.py --write errors.md"
    )
    headings = re.findall(r"^## ([A-Z0-9_]+)$", explain.page(), re.MULTILINE)
    assert headings == sorted(map(str, Code))


def test_python_examples_use_the_interface_and_nothing_else() -> None:
    used: set[str] = set()
    for example in (one for page in PAGES for one in examples(page) if one.language == "python"):
        for node in ast.walk(ast.parse(example.text)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("prover_cli"):
                assert node.module == "prover_cli", f"{example.title} imports from {node.module}"
                used |= {alias.name for alias in node.names}
    assert {"prove", "prove_many", "load_circuit", "verify"} <= used <= set(prover_cli.__all__)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_codes_and_options_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    named = set(re.findall(r"[\[`]([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)[\]`]", text))
    assert {name for name in named if not name.startswith("PROVE_BATCH_")} <= set(Code.__members__)
    known = {word for command in all_commands(the_program()) for one in command.params for word in one.opts}
    known |= {
        word
        for command in all_commands(the_program())
        for one in command.params
        for word in one.secondary_opts
    }
    known |= {"--help", "--help-all", "--version", "--install-completion", "--show-completion"}
    foreign = {
        "--no-deps",
        "--each",
        "--first",
        "--count",
        "--only",
        "--write",
        "--sym",
        "--prefix",
        "--data-binary",
    }  # of pip, npm, circom, curl and our scripts
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text)) <= known | foreign


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, f"{page.name} links to {target}"


def _anchor(heading: str) -> str:
    """GitHub's, of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_the_readme_lists_every_page_and_is_short() -> None:
    text = README.read_text("utf-8")
    assert {f"prover_cli/docs/{page.name}" for page in DOCS.glob("*.md")} == set(
        re.findall(r"^\| \[[^]]+\]\((prover_cli/docs/\w+\.md)\)", text, re.MULTILINE)
    )
    assert len(text.splitlines()) <= 160


def test_ci_runs_the_readmes_own_commands() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    words = [one or other for one, other in re.findall(r"\$\(readme (?:'([^']+)'|\"([^\"]+)\")\)", script)]
    commands = re.findall(r"^\$ (.*)$", README.read_text("utf-8"), re.MULTILINE)
    taken = [[command for command in commands if word in command] for word in words]
    assert [[f"README.md: $ {command}" for command in found] for found in taken] == [
        [title] for title in reversed(UNRUN) if title.startswith("README.md")
    ]


def test_doctor_says_where_the_pages_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        the_program()(["doctor", "--json"])
    assert Path(json.loads(capsys.readouterr().out)["documentation"]) == DOCS


def test_the_pages_are_in_the_package() -> None:
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    assert "docs/*.md" in packed["prover_cli"]


def test_nobody_is_told_to_install_a_name_that_is_not_ours_yet() -> None:
    """There is no release on PyPI: somebody else could publish the name."""
    told = re.compile(r"(?:pip|pipx|uv tool) install (?:-\S+ )*['\"]?prove[-_]batch\b(?!-)")
    files = [*PAGES, *(ROOT / ".github").glob("*.md")]
    files += (ROOT / "prover_cli").rglob("*.py")
    found = [str(path) for path in files if told.search(path.read_text("utf-8"))]
    assert not found
    assert told.search("pip install 'prove-batch[wasm]'"), "the search finds what it looks for"
