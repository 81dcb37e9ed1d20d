"""A BMC for tests: see README.md beside this file."""
