"""What a recording says about its origin."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def provenance(network: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Metadata for a new recording: when, by which software, of which network; `more` is added as it is.

    Parameters
    ----------
    network : dict, optional
        `Network.to_dict` of what is running.
    """
    try:
        software = f"luiapp {version('luiapp')}"
    except PackageNotFoundError:  # run from a checkout
        software = "luiapp"
    created = datetime.now(UTC).isoformat(timespec="milliseconds")
    known = {} if network is None else {"network": network}
    return {"created": created, "software": software, **known, **more}
