"""Whether this process was asked to end; what takes long looks here now and then."""

import threading

asked = threading.Event()
"""Set once, by the first signal that asks for the end."""
