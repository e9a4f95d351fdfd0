"""The console in a real browser, before a running stack."""
