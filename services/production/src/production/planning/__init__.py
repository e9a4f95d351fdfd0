"""Plans on live data: what is read for them and written by them."""
