"""The course beside the bench."""
