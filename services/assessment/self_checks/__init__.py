"""The self-check: the rubric as a private worksheet of a partnership's confirmed partners; nobody else sees it, and it prints."""
