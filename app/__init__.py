"""The workflow as a web page: a worker process answers, another process asks and shows."""
