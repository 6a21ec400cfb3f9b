"""What running on a cluster of Dask is made of."""
