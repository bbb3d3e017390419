"""The look of leyden's figures for matplotlib, which is imported when a style is put on and not before."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.colors import ListedColormap

#: Widths of one column and of two, in inches: 86 mm and 178 mm.
COLUMNS = (86.0 / 25.4, 178.0 / 25.4)
#: The colours that lines take in turn: Okabe and Ito without yellow, which is too pale on white paper.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
#: The dashes that lines take in turn, in points.
DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (4.2, 1.8),
    (4.6, 1.5, 1.1, 1.5),
    (1.1, 1.5),
    (8.0, 2.2),
    (4.6, 1.4, 1.1, 1.4, 1.1, 1.4),
)
#: Height over width of a plot, and what texts take of the width and of the height, in points.
ASPECT, BESIDE, BELOW = 0.64, 48.0, 34.0
#: Colours of a map.
SHADES = 255


def _cycle() -> str:
    """Colours and dashes side by side, until both begin again; as a text, so that matplotlib is not needed for it."""
    both = [(COLOURS[k % len(COLOURS)], DASHES[k % len(DASHES)]) for k in range(len(COLOURS) * len(DASHES))]
    styles = [(0, dash) if dash else "-" for _, dash in both]
    return f"cycler(color={[colour for colour, _ in both]}, linestyle={styles})"


def _size(columns: int, height: float | None) -> tuple[float, float]:
    if columns not in (1, 2):
        raise ValueError(f"columns must be 1 or 2, but is {columns!r}")
    width = COLUMNS[columns - 1]
    if height is None:
        height = (ASPECT * (72.0 * COLUMNS[0] - BESIDE) + BELOW) / 72.0
    return width, float(height)


def _rc() -> dict[str, Any]:
    text = 9.0
    ticks: dict[str, Any] = {}
    for axis, (one, other) in {"xtick": ("bottom", "top"), "ytick": ("left", "right")}.items():
        ticks |= {
            f"{axis}.direction": "in",
            f"{axis}.{one}": True,
            f"{axis}.{other}": True,
            f"{axis}.minor.visible": True,
            f"{axis}.major.size": 3.4,
            f"{axis}.minor.size": 1.8,
            f"{axis}.major.width": 0.5,
            f"{axis}.minor.width": 0.5,
            f"{axis}.major.pad": 3.2,
            f"{axis}.minor.pad": 3.2,
            f"{axis}.labelsize": text,
        }
    return {
        "font.family": ["serif"],
        # Libertinus is the typeface of leyden's figures; STIX comes with matplotlib.
        "font.serif": ["Libertinus Serif", "Linux Libertine O", "STIX Two Text", "STIXGeneral", "DejaVu Serif"],
        "font.size": text,
        "mathtext.fontset": "custom",
        "mathtext.rm": "serif",
        "mathtext.it": "serif:italic",
        "mathtext.bf": "serif:bold",
        "mathtext.bfit": "serif:italic:bold",
        "mathtext.cal": "serif:italic",
        "mathtext.sf": "sans",
        "mathtext.tt": "monospace",
        "mathtext.fallback": "stix",
        "axes.unicode_minus": True,
        "axes.titlesize": text,
        "axes.labelsize": text,
        "axes.labelpad": 3.2,
        "axes.linewidth": 0.6,
        "axes.axisbelow": False,
        "axes.grid": False,
        "axes.formatter.use_mathtext": True,
        "axes.formatter.limits": (-2, 4),
        "axes.xmargin": 0.0,
        "axes.ymargin": 0.05,
        "axes.prop_cycle": _cycle(),
        "lines.linewidth": 1.0,
        "lines.markersize": 4.2,
        "lines.markeredgewidth": 0.4,
        "lines.scale_dashes": False,
        "lines.dashed_pattern": DASHES[1],
        "lines.dashdot_pattern": DASHES[2],
        "lines.dotted_pattern": DASHES[3],
        "lines.dash_capstyle": "butt",
        "lines.solid_capstyle": "butt",
        "lines.solid_joinstyle": "round",
        "lines.dash_joinstyle": "round",
        "errorbar.capsize": 1.8,
        "legend.fontsize": text,
        "legend.title_fontsize": text,
        "legend.frameon": False,
        "legend.handlelength": 17.0 / text,
        "legend.handletextpad": 4.0 / text,
        "legend.labelspacing": 2.6 / text,
        "legend.columnspacing": 12.0 / text,
        "legend.borderaxespad": 0.5,
        "contour.linewidth": 0.7,
        "contour.negative_linestyle": "solid",
        "image.cmap": "viridis",
        "image.origin": "lower",
        "figure.figsize": _size(1, None),
        "figure.titlesize": text,
        "figure.dpi": 200.0,
        "figure.constrained_layout.use": True,
        "figure.constrained_layout.w_pad": 2.0 / 72.0,
        "figure.constrained_layout.h_pad": 2.0 / 72.0,
        "figure.constrained_layout.wspace": 0.04,
        "figure.constrained_layout.hspace": 0.04,
        "savefig.dpi": 300.0,
        "savefig.pad_inches": 2.0 / 72.0,
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
        "svg.fonttype": "path",
        **ticks,
    }


def _diverging() -> ListedColormap:
    """A path in Oklab: lightness falls linearly from the middle to both ends, blue below and red above, chroma rises with it."""
    from matplotlib.colors import ListedColormap

    s = np.linspace(-1.0, 1.0, SHADES)
    depth, hue = np.abs(s), np.radians(np.where(s < 0, 255.0, 32.0))
    lightness = 0.975 - 0.535 * depth
    chroma = 0.155 * np.sin(0.5 * np.pi * depth) ** 1.1
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
    linear = np.stack(
        [
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
        ],
        axis=-1,
    )
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.clip(linear, 0.0, None) ** (1 / 2.4) - 0.055)
    colours = np.round(255.0 * np.clip(encoded, 0.0, 1.0)) / 255.0
    return ListedColormap(colours.tolist(), name="leyden_diverging")


def _register() -> Any:
    """matplotlib, which from now on knows leyden's own colour map."""
    import matplotlib

    if "leyden_diverging" not in matplotlib.colormaps:
        matplotlib.colormaps.register(_diverging())
    return matplotlib


class Style:
    """The look of leyden's figures for matplotlib.

    Libertinus Serif where it is installed, else STIX, at 9 points; ticks inwards on all four sides; the colours of Okabe and Ito with dashes that
    tell lines apart in black and white; figures as wide as one column of a journal. ``with leyden.style():`` puts it on for a while,
    ``leyden.style.use()`` for good. Either makes the colour map ``"leyden_diverging"`` known, for numbers of both signs; the
    map of all others is viridis.

    Attributes
    ----------
    rc : dict
        The ``rcParams`` that it sets; a new dict each time.

    Examples
    --------
    >>> import leyden
    >>> leyden.style.rc["font.size"]
    9.0
    >>> round(25.4 * leyden.style.size(columns=2)[0])
    178
    """

    __slots__ = ()

    @property
    def rc(self) -> dict[str, Any]:
        """The ``rcParams`` that the style sets."""
        return _rc()

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        """A context in which figures are drawn in the style; those that are made before and after are not."""
        with _register().rc_context(_rc()):
            yield

    def use(self) -> None:
        """Draws all figures from now on in the style."""
        _register().rcParams.update(_rc())

    def size(self, columns: int = 1, height: float | None = None) -> tuple[float, float]:
        """Width and height of a figure in inches, for ``figsize``.

        Parameters
        ----------
        columns : int
            1 is 86 mm, 2 is 178 mm.
        height : float, optional
            In inches; that of one panel where left out.

        Raises
        ------
        ValueError
            For another number of columns.
        """
        return _size(columns, height)

    def __repr__(self) -> str:
        return "<leyden.style: matplotlib's rcParams of leyden's figures>"


style = Style()
