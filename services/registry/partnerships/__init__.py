"""The partnership record: drafts, edits, standing, partners' answers, progress, claims on imported records, and their history."""
