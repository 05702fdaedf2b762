"""The accounts: people, how they sign in, and the tokens by which every other service knows them.

The only place that knows who somebody is. Addresses, passwords and signing keys never leave its database; other services learn
a person's UUID and keyed hashes of verified addresses, from tokens and from the internal topic `convene.accounts.person`.
"""
