"""Pages of the binding app, one module a journey."""
