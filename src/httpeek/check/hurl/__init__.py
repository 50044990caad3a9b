"""The front end for Hurl files: Hurl 8.0's format read into the nouns of `check/suite` (`entries.read`)."""
