"""Right formulations of everyday problems, wrong ones made of them, and what checks say of both.

python -m optwright.benchmarks.corpus                    # check every entry, solve it twice
python -m optwright.benchmarks.corpus --fill             # write optima that both engines found
    python -m optwright.benchmarks.corpus mutants --out FILE # wrong formulations, by seed
    python -m optwright.benchmarks.corpus measure            # precision and recall of every check
"""
