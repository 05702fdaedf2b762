"""The vocabularies, served: codes with their labels in all languages."""
