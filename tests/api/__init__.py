"""Every operation of every service, as its OpenAPI document describes it, in process."""
