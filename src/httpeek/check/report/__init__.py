"""Reports of what came of suites: each file makes one of them from the nouns of `check/result`, and nothing else."""
