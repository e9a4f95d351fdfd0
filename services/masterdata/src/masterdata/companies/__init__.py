"""Companies: the legal entities that own documents, stock and accounts."""
