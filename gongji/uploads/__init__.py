"""Photographs that people send: checked by content, drawn anew in a limited process, kept encrypted."""
