"""Tests of the contracts: what they take and refuse, how documents are rendered, and what is published of them."""
