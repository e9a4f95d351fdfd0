"""`python -m inventory`: run, migrate, or print the OpenAPI document."""

from __future__ import annotations

from inventory.main import main

main()
