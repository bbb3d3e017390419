"""The Python of the README runs as it stands there."""

import os
import re

import numpy as np
from conftest import ROOT

import leyden


def test_the_readme_runs(tmp_path, monkeypatch):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text[text.index("\n## Python\n") :]
    section = section[: section.index("\n## ", 5)]
    first, *blocks = re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL)
    assert first[0] == "sh" and "pip install" in first[1]
    os.symlink(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    assert [kind for kind, _ in blocks] == ["python"] * 3
    for _, code in blocks:
        exec(code, names)
    assert (tmp_path / "two-qubits.pdf").exists()
    assert names["r"].method.name == "rabi-blocks" and names["ds"].sizes
    assert abs(leyden.ergotropy(names["rho"], names["H"]) - 0.3) < 1e-15
    assert isinstance(names["pair"], leyden.System) and np.isfinite(names["r"].energy).all()
