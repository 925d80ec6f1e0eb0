"""Servers that speak the providers' real shapes over real sockets, and fail when they are told to."""
