"""Work on a Dask cluster, behind joblib."""
