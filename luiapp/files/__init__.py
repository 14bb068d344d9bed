"""Networks and recordings on disk; readers and writers by suffix."""
