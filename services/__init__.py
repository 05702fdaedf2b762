"""The services of Convene and the chassis they stand on. Only `embedded` and `cli` see more than one service."""
