"""What the book adds to Sphinx: equations as MathML, and tables that come from the files that have them.

MathML needs no script and no font from elsewhere, so that the folder opens from a disk. The directives read what the command and the benchmark
read: a page cannot say something else.
"""

import json
import pathlib
import re

import imagesize
import yaml
from docutils import nodes
from docutils.parsers.rst import Directive
from latex2mathml.converter import convert
from pygments.styles.xcode import XcodeStyle
from sphinx.application import Sphinx
from sphinx.util.math import get_node_equation_number

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORDS = ROOT / "crates/leyden-cli/src/words.txt"
PEERS = ROOT / "peers/last_run.json"
CITATION = ROOT / "CITATION.cff"


# What the converter writes, and what browsers that follow MathML Core need: these are no binary operators, and script letters are
# characters of their own.
SPACED = [
    ("<mo>&#x0221E;</mo>", "<mi>&#x0221E;</mi>"),
    ("<mo>&#x0002F;</mo>", '<mo lspace="0" rspace="0">&#x0002F;</mo>'),
    ('<mo stretchy="false">&#x0007C;</mo>', '<mo stretchy="false" lspace="0" rspace="0">&#x0007C;</mo>'),
    # Dots that every font puts above a letter.
    ("<mo>&#x002D9;</mo>", '<mo lspace="0" rspace="0">.</mo>'),
    ("<mo>&#x000A8;</mo>", '<mo lspace="0" rspace="0">..</mo>'),
]
SCRIPT = {"D": "\U0001d49f", "F": "\u2131", "M": "\u2133"}


def mathml(text, display):
    """The MathML of an equation in TeX."""
    made = convert(text, display=display)
    for before, after in SPACED:
        made = made.replace(before, after)
    return re.sub(r'<mi mathvariant="script">(\w)</mi>', lambda found: f"<mi>{SCRIPT[found[1]]}</mi>", made)


def inline_math(translator, node):
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def display_math(translator, node):
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append(mathml(node.astext(), "block") + "</div>\n")
    raise nodes.SkipNode


class Readable(XcodeStyle):
    """Programs on a ground of their own; all colours have a contrast of 4.5 at least on it."""

    background_color = "#f6f7f9"


def split_at_meaning(line):
    """The words of an entry and what stands behind them: after two blanks, or where meanings begin."""
    words, gap, meaning = line.strip().partition("  ")
    if not gap and line[13:14] == " " and not line[:13].endswith(","):
        words, meaning = line[:13].strip(), line[14:]
    return words, meaning


def marked(text):
    """Text whose parts between backticks are code."""
    return [nodes.literal("", part) if k % 2 else nodes.Text(part) for k, part in enumerate(text.split("`"))]


def sections_of_words(text):
    """[(title, [(words, meaning)])] of the text that `leyden words` prints: titles are capitals at the margin, words stand two blanks in, meanings
    fourteen or after two blanks."""
    sections, intro = [], []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            if line.split("(")[0].isupper():
                sections.append((line, []))
            else:
                intro.append(line)
        elif line.startswith("  ") and not line.startswith("   "):
            words, meaning = split_at_meaning(line)
            sections[-1][1].append([words, meaning.strip()])
        elif line.strip():
            entry = sections[-1][1][-1]
            entry[1] = f"{entry[1]} {line.strip()}".strip()
    kept = [*intro, *(word for title, entries in sections for word in (title, *(part for entry in entries for part in entry)))]
    lost = [words for _, entries in sections for words, meaning in entries if not meaning]
    if lost or " ".join(kept).split() != text.split():
        raise ValueError("the text of `leyden words` is not written as the glossary reads it")
    return sections


class Words(Directive):
    """The glossary, from the text of `leyden words`."""

    def run(self):
        self.state.document.settings.env.note_dependency(str(WORDS))
        sections = sections_of_words(WORDS.read_text(encoding="utf-8"))
        made = []
        for title, entries in sections:
            name, _, option = title.partition(" (")
            title = name.capitalize() + (f" ({option}" if option else "")
            section = nodes.section(ids=[nodes.make_id(name)], names=[nodes.fully_normalize_name(name)])
            section += nodes.title("", title)
            terms = nodes.definition_list(classes=["simple"])
            for words, meaning in entries:
                item = nodes.definition_list_item()
                item += nodes.term("", "", nodes.strong("", words))
                item += nodes.definition("", nodes.paragraph("", "", *marked(meaning)))
                terms += item
            section += terms
            made.append(section)
        return made


def table(head, rows, right=()):
    """A table of texts; columns of `right` are numbers."""
    body = nodes.tgroup(cols=len(head))
    for _ in head:
        body += nodes.colspec(colwidth=1)

    def row(cells):
        made = nodes.row()
        for column, cell in enumerate(cells):
            classes = ["text-right"] if column in right else []
            made += nodes.entry("", nodes.paragraph("", cell), classes=classes)
        return made

    body += nodes.thead("", row(head))
    body += nodes.tbody("", *map(row, rows))
    return nodes.table("", body)


class Peers(Directive):
    """The times of peers/compare.py, from the file that it writes: one table for each kind of case, then dynamiqs and what has no peer, and what they were measured with."""

    KINDS = {
        "general": "General methods",
        "exact": "Methods made for a structure",
        "limit": "Limits",
        "drawn": "Trajectories",
    }

    def run(self):
        self.state.document.settings.env.note_dependency(str(PEERS))
        rows = json.loads(PEERS.read_text(encoding="utf-8"))
        head = ("case", "QuTiP, fastest way", "ms", "error", "leyden", "ms", "error", "ratio")
        parts = []
        for kind, title in self.KINDS.items():
            of_kind = [r for r in rows if r["kind"] == kind and "qutip" in r]
            if of_kind:
                parts += [nodes.paragraph("", "", nodes.strong("", title)), table(head, [self.both(r, "qutip") for r in of_kind], right=(2, 3, 5, 6, 7))]
        warm = [self.both(r, "dynamiqs") for r in rows if "dynamiqs" in r]
        if warm:
            head = (head[0], "dynamiqs, fastest way", *head[2:])
            parts += [nodes.paragraph("", "", nodes.strong("", "dynamiqs, compiled beforehand")), table(head, warm, right=(2, 3, 5, 6, 7))]
        alone = [(r["title"], r["leyden"]["method"], r["leyden"]["ms"]) for r in rows if "qutip" not in r]
        if alone:
            parts += [nodes.paragraph("", "", nodes.strong("", "Without a peer")), table(("case", "leyden", "ms"), alone, right=(2,))]
        measured: dict[str, list[str]] = {}
        for row in rows:
            versions = ", ".join(f"{name} {version}" for name, version in row["versions"].items())
            measured.setdefault(f"{versions} on {row['machine']}, on {row['date']}", []).append(row["title"])
        # What most cases share is said once.
        common = max(measured, key=lambda what: len(measured[what]))
        rare = [f"{' and '.join(titles)}: {what}." for what, titles in measured.items() if what != common]
        items = nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", text)) for text in rare))
        return [*parts, nodes.paragraph("", f"Measured with {common}" + (", but for" if rare else ".")), items]

    @staticmethod
    def both(row, peer):
        other, leyden = row[peer], row["leyden"]
        return (row["title"], other["method"], other["ms"], other["error"], leyden["method"], leyden["ms"], leyden["error"], other["ratio"])


class Citation(Directive):
    """CITATION.cff as it is, and as an entry of BibTeX."""

    def run(self):
        self.state.document.settings.env.note_dependency(str(CITATION))
        text = CITATION.read_text(encoding="utf-8")
        data = yaml.safe_load(text)
        authors = " and ".join(f"{{{author['name']}}}" for author in data["authors"])
        entry = f"@software{{{data['title']},\n  author = {{{authors}}},\n  title = {{{data['title']}}},\n  version = {{{data['version']}}}\n}}"
        return [nodes.literal_block(entry, entry, language="bibtex"), nodes.literal_block(text, text, language="yaml")]


def mark_wide(app, doctree):
    """Figures of several panels side by side get the width of the page."""
    for image in doctree.findall(nodes.image):
        width, height = imagesize.get(pathlib.Path(app.srcdir) / image["uri"])
        if width > 2 * height and image["uri"].endswith(".png"):
            image["classes"].append("wide")


# What the theme leaves out for those who hear a page: levels of headings, names of the two side bars, entries of a list, headers without words.
HEARD = [
    ('role="heading">', 'role="heading" aria-level="2">'),
    ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="All pages">'),
    ('<aside class="toc-drawer', '<aside aria-label="This page" class="toc-drawer'),
    ('role="doc-biblioentry"', 'role="listitem"'),
    ('<th class="head"><p></p></th>', '<td class="head"></td>'),
]


def mend_pages(app, error):
    """Writes it into all pages that were made."""
    if error or app.builder.format != "html":
        return
    for page in pathlib.Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for before, after in HEARD:
            text = text.replace(before, after)
        page.write_text(text, encoding="utf-8")


def setup(app: Sphinx):
    app.connect("build-finished", mend_pages)
    app.connect("doctree-read", mark_wide)
    app.add_html_math_renderer("mathml", (inline_math, None), (display_math, None))
    app.add_directive("words", Words)
    app.add_directive("peers", Peers)
    app.add_directive("citation", Citation)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
