"""What registers say about families: who asks them, how, and what their answers look like.

A register tells facts (this marriage, that birth); what two people are to each other is worked out of them by
pure rules, binding.rules.kinship and binding.rules.chains.
"""
