"""Expected results of scenarios of heat engines, NMR stars and protocols, by brute force.

Every file engines/NAME.json has a scenario, expected numbers by their JSON paths in `leyden run FILE --json`, and a tolerance.
The equations stand at the top of the modules in engines/: maser.py (one engine), cells.py (engines and cells with all their
levels), ladder.py (effective bath, 30 digits), spins.py (NMR), protocols.py (charger, cells and stages).

Run:  pip install numpy==2.4.6 scipy==1.17.1 mpmath==1.4.1   then  python make_engines.py [NAME or part of it ...]
"""
import json
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent / "engines"
sys.path.insert(0, str(HERE))

import cases_full  # noqa: E402
import cases_ladder  # noqa: E402
import cases_maser  # noqa: E402
import cases_protocols  # noqa: E402
import cases_spins  # noqa: E402


def main():
    wanted = sys.argv[1:]
    for module in (cases_full, cases_ladder, cases_maser, cases_spins, cases_protocols):
        for name, make in module.CASES.items():
            if wanted and not any(part in name for part in wanted):
                continue
            begin = time.perf_counter()
            scenario, expect, tolerance = make()
            result = {"name": name, "scenario": scenario, "expect": expect, "tolerance": tolerance}
            (HERE / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
            print(f"{name}: {time.perf_counter() - begin:.1f} s", flush=True)


if __name__ == "__main__":
    main()
