"""A simulated year of reminders: real stores, real conversations, and everything going wrong."""
