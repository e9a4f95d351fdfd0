"""Vouchers by hand on their way to the books: drafted by one person, posted by another (制单, 审核)."""
