"""What is read while a run is made, noted down: bytes, values, histories, and how it is cited."""
