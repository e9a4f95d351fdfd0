"""`python -m finance [migrate | openapi]`."""

from finance.main import main

main()
