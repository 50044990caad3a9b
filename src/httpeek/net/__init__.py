"""The only room that opens a socket for a client: addresses, dialling, the stack of streams, the pump."""
