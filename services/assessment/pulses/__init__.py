"""The partner pulse: six confidential questions to every confirmed partner, run without the lead, shown from five answers on."""
