"""The wire to whatever speaks over a serial port."""
