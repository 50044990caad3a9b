"""The command line: the options table, the parser, and one file for each command."""
