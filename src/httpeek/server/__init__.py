"""The companion server: listening, connections, WSGI, the process models and the companion app."""
