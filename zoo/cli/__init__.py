"""The `zoo` command.

`main` makes the parser from the table in `commands`; what a command runs is
named there as a string and imported when it is called. May import all of `zoo`.
"""
