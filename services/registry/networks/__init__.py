"""Constituency networks and the people whom they nominate and vouch for."""
