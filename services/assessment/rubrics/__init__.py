"""The rubric as the API shows it: its versions, each with questions and levels in all languages."""
