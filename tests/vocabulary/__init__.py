"""Tests of the vocabulary: a package, so that its fixtures are told apart from those of other folders."""
