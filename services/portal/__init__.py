"""The pages that people see. It reaches the services over HTTP alone."""
