"""The `zoo` command, asked for what it cannot do."""

from zoo.cli.main import main


def mistake(capsys, *arguments):
    """Runs a command that must fail as a user's mistake; its one line."""
    assert main([str(argument) for argument in arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("zoo: error: ")
    assert printed.err.count("\n") == 1
    return printed.err
