"""Pages of logins, identity, messages and security."""
