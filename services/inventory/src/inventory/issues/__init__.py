"""Material given out to cost collectors."""
