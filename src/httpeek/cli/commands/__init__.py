"""What each command does with what was typed."""
