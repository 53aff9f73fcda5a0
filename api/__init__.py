"""The doors: HTTP API, web pages and command line. They translate and decide nothing."""
