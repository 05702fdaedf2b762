"""Published evaluations: assembling, publishing, reading; responses, complaints, corrections, and when it is due again."""
