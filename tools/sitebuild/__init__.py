"""From the course's files to its static site: `python tools/pages.py`.

lessons     an executed solution -> the notebook of a page: one solution behind a click, a picture for each widget
quizzes     a quiz's questions -> HTML that answers without a kernel and without a script
doctor      the doctor's findings -> their list on its page
symptoms    the checks' slugs, with cause and test -> the page of symptoms
results     what was measured -> the page of results
reference   the modules of helpers -> the pages of their documentation
chinese     the language of Chinese words, marked
kit         an instructor's page for a lesson: its polls, from the lesson itself, with what to say to each answer
assemble    all of these, and docs/, in one folder; Sphinx makes the site of it
"""
