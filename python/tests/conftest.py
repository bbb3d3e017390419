"""What tests share."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

PAIR = """title = "A pair"
charger.dephasing = 1.0
drive.amplitude = 0.5
[time]
end = 10.0
points = 21
"""
SWEEP = PAIR + """[sweep]
"drive.amplitude" = { from = 0.1, to = 1.0, points = 7 }
"charger.dephasing" = [0.0, 1.0, 3.0]
"""


@pytest.fixture
def leyden_command():
    """Runs the command `leyden`, which LEYDEN names."""
    command = os.environ.get("LEYDEN", str(ROOT / "target/release/leyden"))
    return lambda *arguments, **options: subprocess.run(
        [command, *map(str, arguments)], capture_output=True, text=True, **options
    )


def files(folder):
    """Names and bytes of all files of a store."""
    folder = pathlib.Path(folder)
    kept = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("figure"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in kept}
