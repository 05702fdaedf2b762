"""One file per record of the demo world: the record as it is today, and its story (`services.demo.stories`)."""
