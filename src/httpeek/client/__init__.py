"""A request made: completed, performed, followed; events out."""
