"""Readers and writers of files: everything that opens bytes from elsewhere.

The one boundary to audit and to fuzz. May import `zoo.errors`,
`zoo.argument_checks` and `zoo.backend`.
"""
