"""A job as it is asked for in JSON, and what became of it: what pipes, HTTP and the queue have in common."""
