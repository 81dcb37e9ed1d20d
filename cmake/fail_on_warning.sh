#!/bin/sh
# Runs a command and fails when it warns: for tools that exit 0 on a broken input.
output=$("$@" 2>&1) || { printf '%s\n' "$output" >&2; exit 1; }
case "$output" in
*Warning:*) printf '%s\n' "$output" >&2; exit 1 ;;
esac
