"""Runs this service's migrations the way all services do."""

from chassis.migrations import run_env

run_env()
