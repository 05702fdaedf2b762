"""The people: accounts, their verified addresses, their passwords, their platform roles."""
