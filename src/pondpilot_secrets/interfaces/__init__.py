"""Thin: parse what came in, call one command, show what came out."""
