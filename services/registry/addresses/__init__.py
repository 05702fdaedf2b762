"""Private addresses: the e-mail that a designation, nomination or network contact was given, and who turned out to have it."""
