"""The Partnership Assessment Forum: partnerships against the Panel's eight lessons (¶75), evidence beside judgement, never a
league table.

It keeps the evidence that follows from every public record, and runs the course of an assessment. `app` composes it; other
services learn of it over the bus and over HTTP alone.
"""
