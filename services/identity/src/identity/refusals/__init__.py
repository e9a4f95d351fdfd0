"""What the gateway itself refused a person or a program, written into the audit trail."""
