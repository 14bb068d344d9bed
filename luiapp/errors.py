"""One tree of errors. Each names the rule, the thing, the limit and the next step, in the reader's language."""

from __future__ import annotations

from luiapp.texts import tr


class LuiError(Exception):
    """Any fault that a person can be told about.

    Parameters
    ----------
    text : str
        English sentence, also the key of its translation; named fields in braces.
    **fields
        Values for the braces. They stay available in ``self.fields``.

    Notes
    -----
    ``str(error)`` is rendered when it is shown, so a change of language reaches errors raised before it.
    """

    def __init__(self, text: str, /, **fields: object) -> None:
        super().__init__(text)
        self.text = text
        self.fields = fields

    def __str__(self) -> str:
        return tr(self.text, **self.fields)


class ParameterError(LuiError, ValueError):
    """A number or a name outside its range."""


class NetworkError(LuiError, ValueError):
    """A circuit that can't be built as it is described."""


class FormatError(LuiError, ValueError):
    """A file or a line that isn't what it should be."""


class FileError(LuiError, OSError):
    """A file that can't be read or written (missing, no permission, disk full)."""

    # OSError formats its own arguments; ours is the sentence.
    __str__ = LuiError.__str__


class LinkError(LuiError, OSError):
    """The wire: a port that can't be opened, is busy, or went away."""

    __str__ = LuiError.__str__


class RigError(LuiError, RuntimeError):
    """A rig was asked for what it can't do."""
