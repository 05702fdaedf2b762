"""Organizations: proposed, accepted, merged; their identifiers, and every claim that the register makes on them."""
