"""The command line: one verb, one function, all in `luiapp.cli.verbs.VERBS`. Runs where Qt is missing."""
