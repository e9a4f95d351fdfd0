"""Quotations (报价): what a customer is offered, until when, and the order that he makes of it."""
