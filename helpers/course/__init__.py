"""The learner's side: the map of the course, the record, quizzes, what is installed, consent."""
