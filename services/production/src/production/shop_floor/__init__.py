"""What is to be done where, in which order: the dispatch list, and the schedule of the work centres."""
