"""Makes the pages of docs/notebooks from the notebooks: `python python/notebooks/pages.py [NAME ...]`; needs nbclient and ipykernel.

A page holds the text of its notebook, the code, and what the code printed and drew when it ran. Pages are committed, notebooks without outputs.
"""

from __future__ import annotations

import base64
import pathlib
import re
import sys
import tempfile

import nbclient
import nbformat
from jupyter_client.manager import AsyncKernelManager

HERE = pathlib.Path(__file__).resolve().parent
PAGES = HERE.parents[1] / "docs" / "notebooks"
#: In the order in which they are read.
NAMES = ("first_battery", "qutip_states", "large_star", "detuning_map", "spin_chain")
#: The kernel listens on this machine only, and need not warn that it is not encrypted.
QUIET = ["--IPKernelApp.log_level=ERROR"]
#: Runs before the first cell of a page: figures of leyden are PNG.
BEFORE = """
import leyden
get_ipython().display_formatter.formatters["image/png"].for_type(leyden.Figure, lambda figure: figure._draw("png"))
"""


def executed(name: str) -> nbformat.NotebookNode:
    """The notebook with its outputs; it runs in an empty folder."""
    notebook = nbformat.read(HERE / f"{name}.ipynb", as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(BEFORE))
    with tempfile.TemporaryDirectory() as folder:
        manager = AsyncKernelManager(kernel_name="python3")
        # This interpreter, whatever kernels are installed.
        manager.kernel_spec.argv[0] = sys.executable
        client = nbclient.NotebookClient(notebook, km=manager, timeout=300, resources={"metadata": {"path": folder}}, extra_arguments=QUIET)
        client.execute()
    del notebook.cells[0]
    return notebook


def complaints(notebook: nbformat.NotebookNode) -> list[str]:
    """What the cells wrote to standard error."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"]


def page(name: str, notebook: nbformat.NotebookNode) -> tuple[str, dict[str, bytes]]:
    """The page as Markdown, and its pictures by their names."""
    parts, pictures = [], {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for output in cell.outputs:
            data = output.get("data", {})
            if output.output_type == "stream":
                parts.append(f"```text\n{output.text.rstrip()}\n```")
            elif "image/png" in data:
                picture = f"{name}-{len(pictures) + 1}.png"
                pictures[picture] = base64.b64decode(data["image/png"])
                parts.append(f"![Figure {len(pictures)} of {name.replace('_', ' ')}]({picture})")
            elif "text/plain" in data:
                parts.append(f"```text\n{data['text/plain'].rstrip()}\n```")
    parts.append(f"[The notebook](../../python/notebooks/{name}.ipynb) behind this page; all pages: [notebooks](../notebooks.md).")
    return "\n\n".join(parts) + "\n", pictures


def blocks(text: str, language: str) -> list[str]:
    """The blocks of a page that are in this language."""
    return re.findall(rf"^```{language}\n(.*?)\n```$", text, flags=re.MULTILINE | re.DOTALL)


def main(names: list[str]) -> None:
    PAGES.mkdir(exist_ok=True)
    for name in names or NAMES:
        notebook = executed(name)
        if complaints(notebook):
            sys.exit(f"{name} complains: {complaints(notebook)}")
        text, pictures = page(name, notebook)
        for old in PAGES.glob(f"{name}-*.png"):
            old.unlink()
        for picture, content in pictures.items():
            (PAGES / picture).write_bytes(content)
        (PAGES / f"{name}.md").write_text(text, encoding="utf-8")
        print(f"docs/notebooks/{name}.md, {len(pictures)} figures")


if __name__ == "__main__":
    main(sys.argv[1:])
