"""Properties are searched without a deadline: the machine may be slow, the answer may not be wrong."""

from hypothesis import settings

settings.register_profile("shared", deadline=None, max_examples=60)
settings.load_profile("shared")
