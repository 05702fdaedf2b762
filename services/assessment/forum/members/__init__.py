"""Members as they see themselves: what may be said of them, what they declare, anchor cases, what they have to do."""
