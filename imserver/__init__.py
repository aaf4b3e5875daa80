"""imserver: a hosted instant messenger for community websites."""

__version__ = "0.1.0"
