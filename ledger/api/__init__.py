"""The provider API, /api/v1/ (contract §3)."""
