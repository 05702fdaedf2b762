"""Real servers on one machine, without containers: for tests, benchmarks and `make stack`.

One module per server describes how it is assembled and started; `server.py` holds what they share (state,
ports, start, stop, kill, wait). Nothing here is imported by the program: tests and the Makefile call the
commands beside this package. Standard library only, so that it runs before anything is installed.
"""
