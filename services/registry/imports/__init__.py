"""Imports: records from what others publish (IATI), read as a stream and applied in batches as `reported` records."""
