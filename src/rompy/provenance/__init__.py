"""What the records of runs are good for: to verify, compare, repeat, pin, pack and cite them."""
