"""A catalogue of datasets: what they hold, where they are, and how to get access."""
