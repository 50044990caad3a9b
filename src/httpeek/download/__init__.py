"""Downloads: wget's job, done without ever losing or inventing an octet."""
