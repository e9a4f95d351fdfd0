"""Migrations of the inventory database: connection, locks and roles are the chassis'."""

from chassis.migrations import run_env

run_env()
