"""What is true whatever the clock, the disk or the network do."""
