"""The insured registry: reading its CSV, sealing what identifies, bringing the tables up to it."""
