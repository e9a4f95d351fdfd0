"""Found first on the path of one process of a campaign: moves its clock. Nothing that is shipped does."""

import os

_clock = os.environ.get("TONGHENG_CHAOS_CLOCK")
if _clock:
    import datetime as dt
    import time

    _seconds = float(_clock)
    _real_time = time.time
    _Real = dt.datetime
    time.time = lambda: _real_time() + _seconds

    class _Shifted(_Real):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(_real_time() + _seconds, tz)

        @classmethod
        def utcnow(cls):
            return cls.now(dt.UTC).replace(tzinfo=None)

    dt.datetime = _Shifted
