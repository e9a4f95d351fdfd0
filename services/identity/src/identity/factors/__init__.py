"""Second factors: time-based codes from a person's own device, and recovery codes for the day it is lost."""
