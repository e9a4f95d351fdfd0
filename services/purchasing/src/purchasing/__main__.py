"""`python -m purchasing`."""

from purchasing.main import main

main()
