"""What goes out: for each resource the columns to fetch, the row as sent, and its description.

The classes describe the answers in the schema; `of` builds them from `.values()` dictionaries,
because model serializers cost an answer most of its time. The tests hold every answer
against the schema, so that the two cannot part.
"""
