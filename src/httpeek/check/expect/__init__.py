"""What is expected of an exchange: the names that may be used (`names`)."""
