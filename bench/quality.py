"""All figures of quality in one run: reading and shifts, each beside its baselines.

    .venv/bin/python -m bench.quality [--limit N]

Reading is measured on polnear_quotes.dev (bench/quality_reading.py says how), shifts on every set
of pairs (bench/quality_shifts.py; --limit takes so many rows of each). Both lie beside the project
in ../shared/corpus.
"""

import argparse

from bench import quality_reading, quality_shifts


def main() -> None:
    """Print both tables; leave with exit code 1 where a bar of reading is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--limit", type=int, help="rows of each set of pairs")
    limit = parser.parse_args().limit
    reading = quality_reading.table()
    print(quality_reading.printed(reading), end="\n\n", flush=True)
    print(quality_shifts.table(quality_shifts.measure(quality_shifts.EVERY_SET, limit=limit)))
    missed = quality_reading.missed_bars(reading)
    print("\nreading misses: " + ", ".join(missed) if missed else "\nreading: all bars reached")
    raise SystemExit(bool(missed))


if __name__ == "__main__":
    main()
