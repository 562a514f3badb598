"""Everything on one machine: embedded PostgreSQL and Valkey, the processes of the portal, their supervisor.

Only for trying the portal, for development and for tests. `python -m gongji.local` is what `make run` calls.
"""
