"""Composing one message, and delivering it with three possible outcomes."""
