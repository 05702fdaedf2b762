"""Evidence profiles: worked cases, properties, columns, HTTP."""
