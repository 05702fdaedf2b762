"""Lessons learned over published evaluations: aggregates, the yearly report, exports. Distributions and counts, never a ranking.

Everything here follows from what is public already. Under three assessments nothing is said, so that no group points at one.
"""
