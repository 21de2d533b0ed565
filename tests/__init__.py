"""The tests mirror the apps: tests/calls tests calls, and so on."""
