"""`python -m identity`: run, migrate, or print the OpenAPI document."""

from identity.main import main

main()
