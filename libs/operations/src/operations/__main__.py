"""`python -m operations`: the command `tongheng`."""

from operations.cli import main

main()
