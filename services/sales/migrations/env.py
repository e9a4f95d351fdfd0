"""Migrations of the sales database: connection, locks and roles are the chassis'."""

from chassis.migrations import run_env

run_env()
