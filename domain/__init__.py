"""What may happen: pure, with no clock, no I/O and no framework. One room a stream."""
