"""The keys that access tokens are signed with: made, published, used, retired."""
