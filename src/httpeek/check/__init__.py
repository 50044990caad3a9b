"""Checks: a suite is read by a front end (`check/hurl`), run, and reported. Expectations are values like all else.

A front end makes nouns of `check/suite` and nothing else; the runner and the reports know no format.
"""
