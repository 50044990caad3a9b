"""Runs kept on disk: the record format, masks, the store, and HAR in and out."""
