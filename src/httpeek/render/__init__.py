"""Views: sinks that turn the stream of events into what a person or a program reads."""
