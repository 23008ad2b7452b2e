"""A lock that a fork leaves behind."""

import threading

from ninety.store.threads import ThreadLock
from parts.scripts import finished


def test_one_thread_at_a_time() -> None:
    lock = ThreadLock()
    entered = threading.Event()

    def enter() -> None:
        with lock.held():
            entered.set()

    with lock.held():
        thread = threading.Thread(target=enter)
        thread.start()
        assert not entered.wait(0.05)
    thread.join()
    assert entered.is_set()


def test_a_forked_child_finds_free_what_another_thread_held() -> None:
    printed = finished(
        """
        import os, signal, threading
        from ninety.store.threads import ThreadLock
        lock, held, done = ThreadLock(), threading.Event(), threading.Event()
        def hold():
            with lock.held():
                held.set()
                done.wait()
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            with lock.held():
                os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        done.set()
        thread.join()
        """
    )
    assert printed == "7\n"


def test_a_child_forked_inside_the_block_can_leave_it() -> None:
    printed = finished(
        """
        import os
        from ninety.store.threads import ThreadLock
        lock = ThreadLock()
        with lock.held():
            child = os.fork()
        if child == 0:
            os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
    )
    assert printed == "7\n"
