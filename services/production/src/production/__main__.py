"""`python -m production`."""

from production.main import main

main()
