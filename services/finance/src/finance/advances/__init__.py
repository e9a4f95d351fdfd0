"""Money before its document: customers' advances (预收账款) and prepayments to suppliers (预付账款)."""
