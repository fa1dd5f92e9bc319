"""The base of all errors that are messages to the user, on the ground floor, where every room can reach it."""


class HistoboostError(ValueError):
    """An input, a file or a setting that cannot be used; the message states the rule, the value and the way out.

    Commands show it as one message and end with exit code 2. Any other exception is a bug and shows its traceback.
    """
