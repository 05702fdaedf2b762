"""Focal points: who acts for an organization, with which functions and for which term (Panel ¶72, Proposal 7)."""
