"""The style is that of the crate that draws leyden's figures."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

import leyden
from leyden import _style

FIGURES = pathlib.Path(__file__).resolve().parents[2] / "crates" / "leyden-figures" / "src"


def source(name):
    return (FIGURES / name).read_text(encoding="utf-8")


def constant(name, text):
    return float(re.search(rf"const {name}: f64 = ([\d.]+);", text)[1])


@pytest.fixture(autouse=True)
def untouched():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    with matplotlib.rc_context():
        yield


def test_colours_and_dashes_are_those_of_the_crate():
    listed = re.search(r"const OKABE_ITO.*?\];", source("palette.rs"), re.DOTALL)[0]
    colours = re.findall(r"hex\(0x(\w\w)_(\w\w)_(\w\w)\)", listed)
    assert _style.COLOURS == tuple("#" + "".join(colour) for colour in colours)
    lengths = re.findall(r"Self::\w+ => &\[([\d., ]*)\]", source("panel/series.rs"))
    assert _style.DASHES == tuple(tuple(float(x) for x in dash.split(",") if x.strip()) for dash in lengths)


def test_sizes_are_those_of_the_crate():
    rc, frame = leyden.style.rc, source("panel/frame.rs")
    assert rc["font.size"] == constant("TEXT", frame)
    assert rc["axes.linewidth"] == constant("FRAME_WIDTH", frame)
    for axis in ("xtick", "ytick"):
        assert rc[f"{axis}.major.width"] == constant("TICK_WIDTH", frame)
        assert rc[f"{axis}.major.size"] == constant("MAJOR", frame)
        assert rc[f"{axis}.minor.size"] == constant("MINOR", frame)
        assert rc[f"{axis}.major.pad"] == constant("GAP", frame)
        assert rc[f"{axis}.direction"] == "in"
    assert rc["lines.linewidth"] == constant("LINE_WIDTH", source("panel/strokes.rs"))
    for columns, name in ((1, "SINGLE_COLUMN"), (2, "DOUBLE_COLUMN")):
        assert 25.4 * leyden.style.size(columns)[0] == pytest.approx(constant(name, source("figure.rs")))
    with pytest.raises(ValueError, match="columns must be 1 or 2, but is 3"):
        leyden.style.size(3)


def test_the_style_is_put_on_for_a_while_or_for_good():
    import matplotlib

    before = dict(matplotlib.rcParams)
    with leyden.style():
        assert matplotlib.rcParams["xtick.direction"] == "in"
        assert len(matplotlib.rcParams["axes.prop_cycle"]) == 42
    assert dict(matplotlib.rcParams) == before
    leyden.style.use()
    assert matplotlib.rcParams["ytick.right"] and matplotlib.rcParams["image.cmap"] == "viridis"
    assert set(leyden.style.rc) <= set(matplotlib.rcParams)


def test_a_figure_has_the_width_of_a_column(tmp_path):
    import matplotlib.pyplot as plt

    with leyden.style():
        fig, ax = plt.subplots()
        lines = [ax.plot([0, 1], [k, k])[0] for k in range(8)]
        ax.set_xlabel(r"$\gamma_\mathrm{C} / g$")
        fig.savefig(tmp_path / "figure.png")
        width = plt.imread(tmp_path / "figure.png").shape[1]
        plt.close(fig)
    assert abs(width - 300 * 86 / 25.4) <= 1
    assert [line.get_color() for line in lines] == [*_style.COLOURS, _style.COLOURS[0]]
    assert [line.get_linestyle() for line in lines[:2]] == ["-", "--"]


def test_the_diverging_map_is_pale_in_the_middle_and_equally_dark_at_the_ends():
    import matplotlib

    with leyden.style():
        pass
    colours = matplotlib.colormaps["leyden_diverging"](np.linspace(0, 1, 255))[:, :3]
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    lightness = 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16
    assert lightness[127] > 94 and abs(lightness[0] - lightness[-1]) < 6
    assert (np.diff(lightness[:128]) > -0.3).all() and (np.diff(lightness[127:]) < 0.3).all()
    assert colours[0, 2] > colours[0, 0] and colours[-1, 0] > colours[-1, 2]


def test_matplotlib_is_not_imported_before_it_is_needed():
    code = "import leyden, sys; leyden.style.rc; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
