"""Rounds: their rules and calendar, the seed that is committed to and revealed, requests, petitions, the draw, the selection."""
