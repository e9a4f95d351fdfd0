"""Requests for quotation (询价): what suppliers were asked, what they offer, and the order of the one chosen."""
