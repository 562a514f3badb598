"""The money: accounts, mandates, settlements, reversals."""
