"""The journal: vouchers as a bookkeeper reads, enters and reverses them, with why each is there."""
