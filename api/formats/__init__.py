"""The forms of an answer, by `format=` or by `Accept`: each turns the same sent rows into bytes."""
