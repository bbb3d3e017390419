"""The notebooks run without a complaint, and the pages in docs/notebooks are what comes out of them."""

from __future__ import annotations

import importlib.util
import math
import pathlib
import re

import nbformat
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("pages", ROOT / "python" / "notebooks" / "pages.py")
pages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pages)

NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")
#: Below this all numbers are rounding errors.
NOTHING = 1e-6


def notebook(name):
    return nbformat.read(pages.HERE / f"{name}.ipynb", as_version=4)


def last_place(text):
    """What the last digit of a number counts."""
    mantissa, _, power = text.partition("e")
    _, _, decimals = mantissa.partition(".")
    return 10.0 ** (int(power or 0) - len(decimals))


def same(committed, computed):
    """Texts that differ in numbers only, by rounding only."""
    a, b = NUMBER.findall(committed), NUMBER.findall(computed)
    if NUMBER.sub("#", committed) != NUMBER.sub("#", computed):
        return False
    return all(
        math.isclose(
            float(x.replace(",", "")), float(y.replace(",", "")), rel_tol=1e-6, abs_tol=max(NOTHING, 1.01 * last_place(x))
        )
        for x, y in zip(a, b)
    )


def test_texts_are_compared_by_their_numbers():
    assert same("W = 0.2503, checks 2e-14", "W = 0.2504, checks 7e-15")
    assert not same("W = 0.2503", "W = 0.2513")
    assert not same("W = 0.2503", "E = 0.2503")
    assert same("8.500000e+294 g", "8.500001e+294 g") and not same("8.50e+294 g", "8.60e+294 g")
    assert not same("9,999 cells", "9,997 cells")


def test_there_is_a_page_of_every_notebook_and_a_line_of_the_index():
    assert sorted(path.stem for path in pages.HERE.glob("*.ipynb")) == sorted(pages.NAMES)
    index = (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")
    listed = re.findall(r"\(notebooks/(\w+)\.md\)", index)
    assert [name for k, name in enumerate(listed) if name not in listed[:k]] == list(pages.NAMES)
    pictures = {path.name for path in pages.PAGES.glob("*.png")}
    shown = {name for path in pages.PAGES.glob("*.md") for name in re.findall(r"!\[.*?\]\((.*?)\)", path.read_text(encoding="utf-8"))}
    assert pictures == shown


@pytest.mark.parametrize("name", pages.NAMES)
def test_the_notebook_is_kept_without_outputs(name):
    for cell in notebook(name).cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
    text = (pages.PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert pages.blocks(text, "python") == [cell.source for cell in notebook(name).cells if cell.cell_type == "code"]
    prose = [cell.source for cell in notebook(name).cells if cell.cell_type == "markdown"]
    assert all(part in text for part in prose)


@pytest.mark.parametrize("name", pages.NAMES)
def test_the_notebook_runs_and_its_page_is_not_stale(name):
    executed = pages.executed(name)
    assert pages.complaints(executed) == []
    text, pictures = pages.page(name, executed)
    committed = (pages.PAGES / f"{name}.md").read_text(encoding="utf-8")
    cure = f"python python/notebooks/pages.py {name}"
    for old, new in zip(pages.blocks(committed, "text"), pages.blocks(text, "text"), strict=True):
        assert same(old, new), f"{cure}\n--- page\n{old}\n--- now\n{new}"
    assert all((pages.PAGES / picture).is_file() for picture in pictures), cure
