"""Full-text search: which words a message has, what a query asks for, and the indexes of the two databases.

`words.py` is the only tokenizer: the databases index its words as they are, so both find the same messages.
"""
