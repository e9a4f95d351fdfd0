"""What a partner owes us is set off against what we owe him (往来抵销)."""
