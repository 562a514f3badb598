"""The bank test (`make bank`): real HTTP against a real copy of the portal while its processes are killed."""
