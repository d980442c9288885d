"""What was tried to break the course, and what came of it: docs/results/trust.md, written from what commands recorded.

recorder    a plugin of pytest: each test's outcome, and how many inputs it tried, into one JSON file
commands    what is run for each part, and where it records
page        the JSON files -> docs/results/trust.md; what was not run says so
"""
