"""The assessment: evidence from records, and the course of the forum."""
