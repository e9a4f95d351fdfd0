"""The shop floor: work reported, pieces that are not as they must be, work done outside."""
