"""From a lesson's text to its notebooks.

source      read lessons/NN_name.py into cells that know their lines; refuse what is misplaced
notebooks   cells -> the learner's copy and the solution, with ids that stay the same
execute     run a solution in a kernel that sees nothing of this machine's user
compare     is a built file what its source says? as a readable diff
export      a folder for an instructor: notebooks and helpers, no solutions
cli         the command `tools/build.py`
"""
