"""Tests of the forum: rounds, members, and the course of assessments over HTTP."""
