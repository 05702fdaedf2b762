"""Evidence: what a partnership's public record says about the eight lessons, worked out from its document, a date and the
partner pulse.

Anyone can work it out again. It judges nothing, adds nothing up over lessons, and takes silence for silence, never for zero.
"""
