"""`python -m workflow`."""

from workflow.main import main

main()
