"""The providers: the outside ways to sign in (OpenID Connect)."""
