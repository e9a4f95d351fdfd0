"""`make chaos`: a company trades while everything under it is killed, cut off, delayed and fed with poison; then it is proved."""
