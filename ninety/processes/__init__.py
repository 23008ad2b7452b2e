"""The process tree: who starts whom, who restarts what, and in which order all of it stops."""
