"""Expected results of scenarios of heat engines, NMR stars and protocols, by brute force.

Every file engines/NAME.json has a scenario, expected numbers by their JSON paths in `leyden run FILE --json`, and a tolerance.
The equations stand at the top of the modules in engines/: maser.py (one engine), cells.py (engines and cells with all their
levels), ladder.py (effective bath, 30 digits), spins.py (NMR), stages.py and cases_protocols.py (charger, cells and stages).
`tolerance` is one number, or numbers by path with a `default`; absolute below 1, relative above.

Run:  pip install numpy==2.4.6 scipy==1.17.1 mpmath==1.4.1   then  python make_engines.py [NAME or part of it ...]
      python make_engines.py --check LEYDEN [NAME or part of it ...]   (runs the binary on every file, writes nothing)
"""
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent / "engines"
sys.path.insert(0, str(HERE))


def main():
    import cases_full, cases_ladder, cases_maser, cases_protocols, cases_spins  # noqa: E401

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


def look_up(document, path):
    for key in path.split("."):
        if isinstance(document, dict) and key in document:
            document = document[key]
        elif isinstance(document, list) and key.isdigit():
            document = document[int(key)]
        else:
            return None
    return document


def check(binary, wanted):
    """Prints every scenario that fails and every number outside its tolerance."""
    bad = total = 0
    for path in sorted(HERE.glob("*.json")):
        if wanted and not any(part in path.stem for part in wanted):
            continue
        total += 1
        case = json.loads(path.read_text())
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(case["scenario"])
            file.flush()
            answer = subprocess.run([binary, "run", file.name, "--json"], capture_output=True, text=True)
        if answer.returncode != 0:
            print(f"{path.stem}: exit code {answer.returncode}\n{answer.stderr}")
            bad += 1
            continue
        found, wrong, largest = json.loads(answer.stdout), [], 0.0
        tolerance = case["tolerance"]
        for key, expected in case["expect"].items():
            allowed = tolerance.get(key, tolerance["default"]) if isinstance(tolerance, dict) else tolerance
            value = look_up(found, key)
            pairs = list(zip(value, expected)) if isinstance(value, list) and isinstance(expected, list) else [(value, expected)]
            if isinstance(expected, list) and len(pairs) != len(expected):
                wrong.append(f"{key}: {value} for {expected}")
                continue
            for a, b in pairs:
                if not isinstance(a, (int, float)) or not abs(a - b) <= allowed * max(1.0, abs(b)):
                    wrong.append(f"{key}: {a} for {b}")
                else:
                    largest = max(largest, abs(a - b))
        print(f"{path.stem}: largest difference {largest:.1e}" + "".join(f"\n    {line}" for line in wrong), flush=True)
        bad += bool(wrong)
    print(f"{bad} of {total} files differ")
    sys.exit(bad > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"]:
        check(sys.argv[2], sys.argv[3:])
    main()
