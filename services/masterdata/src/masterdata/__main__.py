"""`python -m masterdata [migrate | openapi]`."""

from masterdata.main import main

main()
