"""How a check works: it calls a submission, compares, names the mistake, shows the result."""
