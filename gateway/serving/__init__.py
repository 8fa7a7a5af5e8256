"""The program behind a socket: connections, processes and the log."""
