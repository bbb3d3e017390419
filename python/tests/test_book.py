"""The Python of the README and of the pages of the book runs as it stands there, page after page, each in a folder of its own with the files that it shows."""

import re
import tomllib

import numpy as np
import pytest
from conftest import ROOT

import leyden

# Notebooks have a test of their own.
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs/systems").glob("*.md")), *sorted((ROOT / "docs/cookbook").glob("*.md"))]


def blocks(page):
    """[(language, text)] of a page."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def shown(page):
    """Runs the Python of a page between its files: the names that are left."""
    names: dict = {}
    for language, text in blocks(page):
        if language == "toml":
            tomllib.loads(text)
            comment = text.splitlines()[0].removeprefix("# ")
            if comment.startswith("add to "):
                with open(comment.removeprefix("add to "), "a") as file:
                    file.write(text)
            elif comment.endswith(".toml") and " " not in comment:
                with open(comment, "w") as file:
                    file.write(text)
        elif language == "python":
            code = compile(text, str(page), "exec")
            # The gallery shows whole studies.
            if page.name != "gallery.md":
                exec(code, names)
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = shown(page)
    if page.name == "tour.md":
        assert (tmp_path / "two-qubits.pdf").exists() and (tmp_path / "paper.pdf").exists()
        assert names["undamped"].asymptote.energy is None
    if page.name == "merits.md":
        assert abs(leyden.ergotropy(names["rho"], names["H"]) - 0.3) < 1e-15
    if page.name == "systems.md":
        assert isinstance(names["pair"], leyden.System) and np.isfinite(names["run"].energy).all()


def test_commands_stand_beside_python():
    """A page of the book that shows one shows the other."""
    for page in PAGES:
        languages = {language for language, text in blocks(page) if language != "sh" or "leyden " in text}
        if page.parent != ROOT and page.name not in ("reference.md", "methods.md", "clusters.md", "scale.md"):
            assert bool(languages & {"sh", "console"}) == ("python" in languages), page


def test_scenarios_of_the_gallery_exist():
    named = re.findall(r'leyden.scenarios\(\)\["([\w-]+)"\]', (ROOT / "docs/gallery.md").read_text(encoding="utf-8"))
    assert len(named) > 15 and set(named) <= set(leyden.scenarios())


def test_every_public_name_has_a_place():
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    assert [name for name in leyden.__all__ if f"`{name}`" not in page] == []
