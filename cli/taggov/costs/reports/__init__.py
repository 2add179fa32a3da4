"""Report files: CSV, XLSX, HTML, Parquet."""
