"""Assessments in their course: panel, questions, reviews, deliberation, reply, unit review, publication."""
