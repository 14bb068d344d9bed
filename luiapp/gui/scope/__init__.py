"""The scope: membranes as they move, spikes, trigger, cursors and history.

`ScopePanel` is built without numba; its drawing kernels come in a thread of their own (`warm`).
"""

from luiapp.gui.scope.panel import ScopePanel

__all__ = ["ScopePanel"]
