"""Who may sit on a panel, and who does: conflicts derived from the register, seeds, and composition by an integer program.

Values and pure functions for the forum, which keeps panels and speaks HTTP; only the funding that the register states has a table
here, because it is looked up among all records.
"""
