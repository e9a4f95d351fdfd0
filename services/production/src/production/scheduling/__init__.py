"""Operations on work centres: sequences that keep shifts, setups and what is frozen."""
