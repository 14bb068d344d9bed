"""Lessons as data: read, checked, walked through, kept, printed. Knows no window."""
