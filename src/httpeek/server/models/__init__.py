"""The process models: who accepts, and where a connection is served. One file and one row each."""
