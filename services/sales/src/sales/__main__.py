"""`python -m sales`."""

from sales.main import main

main()
