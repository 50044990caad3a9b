"""For tests of others: a server that is really there, and that misbehaves when it is told to."""
