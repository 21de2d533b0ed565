"""Tests of the model engines with small models, in the model environment, without Django."""
