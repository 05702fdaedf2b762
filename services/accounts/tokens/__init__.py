"""The tokens: signing in, access and refresh tokens, and the throttle against guessing."""
