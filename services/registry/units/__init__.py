"""Units: the country and technical offices that accept records (Panel ¶74), and their queues."""
