"""What `zoo.load` returns: a model, its tokenizer, and what is known about it.

May import `zoo.decoding` and what stands below it.
"""
