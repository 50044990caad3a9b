"""Tests of the download room: functions alone, and the whole program against the companion's faults."""
