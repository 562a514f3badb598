"""System checks: what a start can find out without asking a server."""
