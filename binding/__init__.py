"""Who may use whose account: applications, proofs, review, bindings."""
