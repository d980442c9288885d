# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# # 00 · Start here
#
# About 10 minutes to read and do (an estimate); seconds to run.
# You know some Python and NumPy, and what a neural network and gradient descent are. Nothing about batch normalization is assumed.
#
# After this lesson you will be able to
# - run the notebooks of this overview, stop them, and begin anew;
# - say what one extra layer did to a network in a fair race;
# - let a check look at your code, and read its answer.
#
# The subject is a single layer. Put it into a network, and some networks train that did not train before.
# What does it compute? When does it help, and when does it harm? What is known of why?
# Twelve notebooks answer with experiments that you run yourself.
#
# **Begin with the cell below:** click into it and press Shift+Enter.

# %% tags=["setup", "path-90"]
from helpers.course import environment

environment.check()

# %% [markdown]
# It should say "Ready". If it does not, it says what to do. (To report a problem, add what `print(environment.check().details)` says.)
# If you see `ModuleNotFoundError: No module named 'helpers'` instead, this notebook was opened by another Python than the course's: close it, and type `make lab` in the course's folder.
#
# Five things to know about a notebook:
#
# | you want to | do this |
# |---|---|
# | run a cell and go to the next one | Shift+Enter |
# | stop a cell that takes too long | the button ■ above, or Esc and then I twice; a training run hands over what is done |
# | begin anew | the button ⟳ above, or Esc and then 0 twice; then run the cells from the top |
# | run everything above the cell you are in | menu Run, "Run All Above Selected Cell" |
# | read what a function does | a question mark behind its name, such as `checks.standardize?` |
#
# ## The map
#
# Each lesson stands alone once you have done this one. "Builds on" says where its words were explained.

# %% tags=["path-90"]
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np

from helpers import checks, data, widgets
from helpers.course import overview, progress, quiz
from helpers.experiments import Experiment, sweep
from helpers.figures import plots

plots.use_style()
overview.overview()

# %% [markdown]
# The circles are exercises. Each becomes a ✓ once your code has passed its check; run the cell again to see it.
# There are no grades, and no order is enforced.
#
# The same map as a picture, for asking what a lesson stands on. (Move the slider, or type a number into the field beside it and press Enter.)

# %% tags=["figure"]
widgets.ProgressMap()

# %% [markdown]
# Each box is a lesson, each circle in it an exercise, filled once you have passed it; arrows lead from a lesson to those that build on it.
# Choose a lesson, and its frame and its arrows stand out; below the picture the same is said in words.
# "Look again" reads your record anew.
# (Where you see no slider, this page has no kernel behind it: run the cell.)

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## The digits
#
# Most lessons train on these images. They come with scikit-learn, so nothing is downloaded.

# %% tags=["figure", "path-90"]
digits = data.load()
print(digits)
plots.images(digits.x_train[:20], titles=digits.y_train[:20])
plt.show()

# %% [markdown] tags=["path-90"]
# Twenty training images, with the digit that each one shows written above it.
# Eight by eight pixels is little, and some of them you would get wrong yourself.
# But a network learns them in seconds, so we can afford to train each network several times.
# That is worth more than large images: one run may be luck.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## A first race
#
# Two networks, each with three hidden layers of 100 ReLU units, learn to read the digits.
# They start from the same weights, see the same images in the same order, and take steps of the same size, learning rate 0.01.
# One of them has batch normalization: between each hidden layer's weights and its ReLU, every value is brought to a common scale.
#
# **Predict first.** After 500 steps, the network with batch normalization reads more than 95% of images that it has never seen. And the one without?
# - about as many: the images are easy
# - four out of five
# - less than half
#
# (You will meet such a question before most cells. Decide on an answer before you run the cell, and be wrong in peace: nobody sees it.
# Students who had to predict a demonstration understood it better afterwards than those who watched it (Crouch et al. 2004).)

# %% tags=["figure", "path-90"]
without = Experiment(batch_norm=False, activation="relu", steps=500)
with_it = replace(without, batch_norm=True)
race = sweep([without, with_it], seeds=5)

fig, ax = plt.subplots(figsize=(7, 3.6))
for result in (race[with_it], race[without]):
    plots.curves(ax, result)
ax.legend(loc="upper left")
plt.show()

# %% [markdown] tags=["path-90"]
# With batch normalization the solid line climbs above 0.95. Without it the dashed line is on its way, and not far.
# (*Validation* images are held back to look at while training; *test* images are looked at once, at the end.)

# %% tags=["path-90"]
assert np.min(race[with_it].test_accuracy) > 0.95
assert np.max(race[without].test_accuracy) < 0.5
print("with batch normalization:    above 95% of the test images in 5 of 5 runs")
print("without batch normalization: below 50% of the test images in 5 of 5 runs")

# %% [markdown] tags=["path-90"]
# Less than half.
# The race was run five times, each time with other weights and other images in training (a *seed* is the number that decides them).
# The lines are medians of the five, the bands reach from the worst to the best. Every figure in this course shows its spread in this way: solid blue with batch normalization, dashed orange without.
#
# Is it always like this? No. With another learning rate the plain network keeps up (lesson 02 finds it), and with very small batches batch normalization does harm (lesson 09).
# Lesson 01 takes the layer apart, and lesson 04 runs this race in twelve settings.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How exercises work
#
# In an exercise you write the body of a function. The cell below it hands your function to a check.
# The check calls it with numbers of its own, compares, and tells you what it saw.
#
# Here is a check at work, on an answer that is wrong on purpose: it squeezes all numbers between 0 and 1, where something else was asked.


# %%
def squeezed(x):
    """Wrong on purpose."""
    return (x - x.min()) / (x.max() - x.min())


checks.standardize(squeezed)

# %% [markdown]
# First comes what was noticed, with a name for the mistake where it is a known one.
# The table lists steps in order: the first that differs is where to look.
#
# Run that cell again, and once more. The same mistake a second time gets a second hint, and a third time a pointer to the place to read.
# No hint shows the answer. When you have been stuck for a while, `solutions/` has each notebook solved.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Your first exercise
#
# Write `standardize`. It gets a table `x` of shape (N, D): N examples, one in a row, with D features, one in a column.
# It returns a table of the same shape in which each column has mean 0 and standard deviation 1.
# Mean and standard deviation are taken for each column, over all its rows. (No column is constant.)
#
# By hand, for a column of three: 2, 4, 9 has mean 5, and the distances from it are −3, −1, 4.
# Their squares 9, 1, 16 have mean 26/3 ≈ 8.67, and the root of that is 2.94, the standard deviation.
# Divided by it, the distances become −1.02, −0.34, 1.36.
#
# Replace the two lines below `"""` by your own, run the cell, and run the check.


# %% tags=["exercise"]
def standardize(x):
    """x (N, D), each column brought to mean 0 and standard deviation 1."""
    ### BEGIN SOLUTION
    return (x - x.mean(axis=0)) / x.std(axis=0)
    ### END SOLUTION


# %% tags=["check"]
checks.standardize(standardize)

# %% [markdown]
# Once it passes, you have written half of batch normalization.
# The other half is what this course is about: what happens when a network does this in its middle, at every step, with the 60 images it happens to see.
#
# ## Your record

# %%
state = "passed" if "standardize" in progress.passed() else "not passed yet"
print(f"standardize: {state}; tries so far: {progress.attempts('standardize')}")

# %% [markdown]
# Each check notes what was tried, which known mistake it was, and whether it passed. (The wrong answer above counts as a try. That does no harm: what is passed stays passed.)
# The note is one file on this computer; `progress.path()` says where. Nothing sends it anywhere. Delete it, and you start over.

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("00_start_here")

# %% [markdown] tags=["recap"]
# ## Recap
#
# - Shift+Enter runs a cell, ■ stops it, ⟳ begins anew.
# - In a fair race two networks share weights, images and order, and differ in one thing. It is run with several seeds, and all of them are shown.
# - With ReLU and a learning rate of 0.01, 500 steps were enough with batch normalization, and not without.
# - A check names what it saw. Its hints grow, and your record stays with you.
#
# **One example in numbers.** The column 10, 20 has mean 15 and distances −5 and 5. Their squares are 25 and 25, so the standard deviation is 5, and the column becomes −1, 1.
# So do 0.1 and 0.2. Standardizing forgets the units, and how far apart the two were: keep that in mind for lesson 05.
#
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | `NameError: name 'np' is not defined` | after a restart the cells above were not run | menu Run, "Run All Above Selected Cell" |
# | `No module named 'helpers'` | another Python runs this notebook | `import sys; print(sys.executable)` names a file in the course's `.venv` |
# | a standardized column is full of `nan` | the column is constant: its standard deviation is 0 | `x.std(axis=0).min()`; lesson 01 shows how batch normalization avoids it |
# | the test images score lower than they should | they were standardized with their own mean and standard deviation, the training images with others | use the training images' numbers for both; lesson 05 is about this |

# %% [markdown] tags=["references"]
# ## References
#
# - S. Ioffe and C. Szegedy (2015). [Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift](https://arxiv.org/abs/1502.03167). Section 3: the layer.
# - C. H. Crouch, A. P. Fagen, J. P. Callan and E. Mazur (2004). Classroom demonstrations: Learning tools or entertainment? American Journal of Physics 72(6), 835–838: predicting first.
# - E. Alpaydin and C. Kaynak (1998). [Optical Recognition of Handwritten Digits](https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits), UCI Machine Learning Repository: the digits; scikit-learn has its 1,797 test images.
