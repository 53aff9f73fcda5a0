"""What `make bench` measures, a file a figure. Each is told beside a reference from the same run."""
