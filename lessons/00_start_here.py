# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# # 00 · Start here
#
# About 20 minutes to read and do (an estimate); seconds to run.
# You know some Python and NumPy, and what a neural network and gradient descent are. Nothing about batch normalization is assumed.
#
# After this lesson you will be able to
# - run the notebooks of this course, stop them and start them again;
# - say what one extra layer did to a network in a fair race, and what the race does not show;
# - have a check look at your code, and read its answer.
#
# This course is about a single layer. Some networks train with it and do not train without it.
# What does it compute? When does it help, and when does it harm? Why does it work, as far as anybody knows?
# The notebooks answer with experiments that you run yourself.
#
# **Start with the cell below:** click into it and press Shift+Enter.

# %% tags=["setup", "path-90"]
from helpers.course import environment

environment.check()

# %% [markdown]
# The cell should say "Ready". If it does not, it tells you what to do. (When you report a problem, include what `print(environment.check().details)` prints.)
# If you see `ModuleNotFoundError: No module named 'helpers'` instead, the notebook runs on a Python that does not have the course installed.
# Close it and open it the way the course was installed for you: `make lab` in the course's folder if you have a clone, `batchnorm-course lab` if you installed it with pip, otherwise the link or command that your instructor gave you.
#
# Five things to know about a notebook:
#
# | you want to | do this |
# |---|---|
# | run a cell and go to the next one | Shift+Enter |
# | stop a cell that takes too long | the button ■ above, or Esc and then I twice; a training run returns what it has done so far |
# | start again from nothing | the button ⟳ above, or Esc and then 0 twice; then run the cells from the top |
# | run everything above the cell you are in | menu Run, "Run All Above Selected Cell" |
# | read what a function does | its name and a question mark in a cell, such as `checks.standardize?` |
#
# ## The map
#
# "Builds on" names the lessons whose words a lesson uses without explaining them again; otherwise you can take the lessons in any order.

# %% tags=["path-90"]
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np

from helpers import checks, data, widgets
from helpers.course import overview, progress, quiz
from helpers.experiments import Experiment, about, pin, sweep
from helpers.figures import plots

plots.use_style()
overview.overview()

# %% [markdown]
# The circles are exercises. A circle becomes a ✓ when your code has passed its check; run the cell again to see it.
# There are no grades, and you can skip what you like.
#
# Here is the same map as a picture. It shows what each lesson builds on. (Move the slider, or type a number into the field beside it and press Enter.)

# %% tags=["figure"]
widgets.ProgressMap()

# %% [markdown]
# Each box is a lesson. Each circle in it is an exercise, filled once you have passed it. Arrows lead from a lesson to those that build on it.
# When you choose a lesson, its frame and its arrows stand out, and the text below the picture says the same in words.
# "Look again" reads your record again.
# (If you see no slider, no kernel is running: run the cell.)

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
# These are twenty training images; the number above each one is the digit it shows.
# With only eight by eight pixels, you would get some of them wrong yourself.
# But a network learns them in seconds, so we can train every network several times.
# Several runs are worth more than large images, because a single run may be luck.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## A first race
#
# Two networks learn to read the digits. Each has three hidden layers of 100 ReLU units.
# Both start from the same weights, see the same images in the same order, 60 at each step, and use the same learning rate, 0.01.
# One of them has batch normalization: between each hidden layer's weights and its ReLU, the 60 values that a unit computes at a step are brought to mean 0 and standard deviation 1.
#
# The initial weights are small: their standard deviation (sd) is 0.05.
#
# **Predict first.** After 500 steps, the network with batch normalization reads about 97% of images that it has never seen. How many does the other network read?
# - about as many: the images are easy
# - four out of five
# - less than half
#
# (Most cells come after such a question. Choose an answer before you run the cell. Nobody sees it, so being wrong costs nothing.
# Students who had to predict a demonstration understood it better afterwards than students who only watched it (Crouch et al. 2004).)

# %% tags=["figure", "path-90"]
# `momentum` is a setting of batch normalization (lesson 01); gradient descent has none here.
without = Experiment(batch_norm=False, activation="relu", steps=500, momentum=0.9, evaluations=50)
with_it = replace(without, batch_norm=True)
race = sweep([without, with_it], seeds=5)

fig, ax = plt.subplots(figsize=(7, 3.6))
for result in (race[with_it], race[without]):
    plots.curves(ax, result)
ax.legend(loc="lower right")
plt.show()
for name, result in {"with": race[with_it], "without": race[without]}.items():
    print(f"{name:<8} test accuracy, five runs: {about(result.test_accuracy, '.2f', each=True)}")

# %% [markdown] tags=["path-90"]
# With batch normalization (solid blue) the accuracy is near 0.8 after 50 steps and ends near 0.97. Without it (dashed orange) the network has hardly started: it reads 29% to 41% of the test images.
# (*Validation* images are held back to look at during training. *Test* images are looked at once, at the end.)
#
# The race was run five times, each time with other weights and other training images. A *seed* is the number that decides which.
# Each line is the median of the five runs, and the band reaches from the worst run to the best.
# Throughout the course batch normalization is solid blue, and without it is dashed orange.
# In what a cell prints, the sign ≈ marks a number that was measured: on your computer its last digits may differ.
# Cells with `pin` (folded in JupyterLab) check that what the text says holds in *your* run. They print nothing if it does; run them and go on.

# %% tags=["pinned"]
pin(np.min(race[with_it].test_accuracy) > 0.95, "each run with batch normalization reads over 95% of the test images")
pin(np.max(race[without].test_accuracy) < 0.5, "each run without it reads less than half of the test images")
early = np.median(race[with_it].validation_accuracy[:, race[with_it].step == 50])
pin(early > 0.7, "with batch normalization the accuracy is near 0.8 after 50 steps")

# %% [markdown] tags=["path-90"]
# ## Was that fair?
#
# Both networks were treated alike, so the race is fair in one sense. In another it is not: the small weights hold back the plain network, and the other one loses nothing by them.
# With sd 0.05, each layer of the plain network shrinks the numbers that pass through it (lesson 01 shows by how much). Batch normalization restores their scale after every layer.
# People who train plain networks know this and draw larger weights. The usual choice for ReLU is called *He weights*: sd √(2 / number of inputs of the layer), here 0.14 to 0.18.
#
# **Predict first.** What remains of the difference if both networks start with He weights?
# - all of it
# - some of it
# - nothing

# %% tags=["figure", "path-90"]
starts = {"sd 0.05": race, "He weights": sweep([replace(e, init_scale="he") for e in race], seeds=5)}
fig, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharey=True)
for ax, (start, results) in zip(axes, starts.items()):
    for result in results.values():
        plots.curves(ax, result)
        name = "with" if result.experiment.batch_norm else "without"
        print(f"{start:<11}{name:<8} {about(result.test_accuracy, '.2f', each=True)}")
    ax.set_title(start)
axes[1].set_ylabel("")
axes[1].legend(loc="lower right", fontsize="small")
plt.show()

# %% [markdown] tags=["path-90"]
# Most of the difference disappears. With He weights (right) the plain network reads about nine images in ten, and the network with batch normalization is a few points ahead.
# Look at the blue line, too: it climbs more slowly than on the left. Weights whose result is normalized learn more slowly the larger they are, at the same learning rate (lesson 02 says why). He weights lift the orange line a lot and lower the blue one a little.
# So the first race showed that batch normalization *makes up for badly scaled initial weights*. It did not show that networks need it.
#
# The learning rate matters as well. At 0.01 both networks learn slowly, and at its own best rate the plain network nearly catches up (lesson 02).
# With very small batches, batch normalization can even do harm (lesson 09).
# Lesson 01 takes the layer apart. Lesson 04 runs this race in twelve settings.

# %% tags=["pinned"]
he_without, he_with = (result.test_accuracy for result in starts["He weights"].values())
pin(0.85 < np.median(he_without) < 0.95, "with He weights the plain network reads about nine test images in ten")
pin(he_with < race[with_it].test_accuracy, "with batch normalization every run reads less than from sd 0.05")
pin(0 < np.median(he_with - he_without) < 0.08, "with He weights batch normalization is a few points ahead")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How exercises work
#
# In an exercise you write the body of a function. The cell below it hands your function to a check.
# The check calls it with numbers of its own, compares, and tells you what it saw.
#
# Here is a check at work. The answer is wrong on purpose: it squeezes all numbers into the range from 0 to 1, which is not what was asked.


# %%
def squeezed(x):
    """Wrong on purpose."""
    return (x - x.min()) / (x.max() - x.min())


checks.standardize(squeezed)

# %% [markdown]
# The first line says what the check noticed. It names the mistake if it is a common one; squeezing the numbers into 0 to 1 is not on its list, so here it says only where the numbers begin to differ.
# The table lists the steps in order. Look at the first one that differs.
#
# Run that cell again, and then once more. When you repeat a mistake you get a second hint, and then a pointer to the place to read.
# No hint shows the answer. (If you work in a clone of the course, the folder `solutions/` has every notebook solved. Copies handed out in a class do not have it.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Your first exercise
#
# Write `standardize`. It gets a table `x` of shape (N, D): N examples, one in a row, with D features, one in a column.
# It returns a table of the same shape in which each column has mean 0 and standard deviation 1 (the checks say *spread* for the standard deviation).
# Take the mean and the standard deviation of each column, over all its rows. (No column is constant.)
#
# Here is a column of three by hand. The mean of 2, 4 and 9 is 5, and their distances from it are −3, −1 and 4.
# The squares 9, 1 and 16 have the mean 26/3 ≈ 8.67. Its root, 2.94, is the standard deviation.
# Divided by it, the distances become −1.02, −0.34 and 1.36.
#
# Replace the two lines below `"""` with your own, run the cell, and run the check.


# %% tags=["exercise"]
def standardize(x):
    """x (N, D), each column brought to mean 0 and standard deviation 1."""
    ### BEGIN SOLUTION
    return (x - x.mean(axis=0)) / x.std(axis=0)
    ### END SOLUTION


# %% tags=["check"]
checks.standardize(standardize)

# %% [markdown]
# When it passes, you have written the heart of batch normalization.
# The rest of the course is about what happens when a network does this between its own layers, at every training step, with the 60 images of that step.
#
# ## Your record

# %%
state = "passed" if "standardize" in progress.passed() else "not passed yet"
print(f"standardize: {state}; tries so far: {progress.attempts('standardize')}")

# %% [markdown]
# Each check records that you tried, which known mistake it found, and whether you passed. (The wrong answer above counts as a try. That does no harm: what you have passed stays passed.)
# The record is one file on this computer, and `progress.path()` says where it is. It is not sent anywhere. If you delete it, you start over.

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("00_start_here")

# %% [markdown] tags=["recap"]
# ## Recap
#
# - Shift+Enter runs a cell, ■ stops it, ⟳ starts again from nothing.
# - In a fair race two networks start from the same weights, see the same images in the same order, and differ in one thing. The race is run with several seeds, and all of them are shown.
# - From small weights (sd 0.05), 500 steps at learning rate 0.01 were enough with batch normalization and not without it. From He weights the difference was a few points.
# - A check names what it saw, its hints grow, and your record stays on your computer.
#
# **One example in numbers.** The column 10, 20 has mean 15, and its distances from the mean are −5 and 5. Their squares are 25 and 25, so the standard deviation is 5, and the column becomes −1, 1.
# The column 0.1, 0.2 becomes −1, 1 as well. Standardizing removes the units. With only two rows nothing is left but which of the two is larger (lesson 05, "A batch of two").
#
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | `NameError: name 'np' is not defined` | after a restart the cells above were not run | menu Run, "Run All Above Selected Cell" |
# | `No module named 'helpers'` | another Python runs this notebook | `import sys; print(sys.executable)` names a file in the course's `.venv` |
# | a standardized column is full of `nan` | the column is constant, so its standard deviation is 0 | `x.std(axis=0).min()`; lesson 01 shows how batch normalization avoids the division by 0 |
# | a network wins a comparison by far, and nobody can repeat it | the other network was given a handicap, such as badly scaled initial weights | repeat the race with each side's usual settings |
# | the test images score lower than they should | the training images were standardized with one mean and standard deviation, the test images with another | use the training images' numbers for both; lesson 05 is about this |

# %% [markdown] tags=["references"]
# ## References
#
# - S. Ioffe and C. Szegedy (2015). [Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift](https://arxiv.org/abs/1502.03167). Section 3: the layer.
# - C. H. Crouch, A. P. Fagen, J. P. Callan and E. Mazur (2004). Classroom demonstrations: Learning tools or entertainment? American Journal of Physics 72(6), 835–838: predicting first.
# - E. Alpaydin and C. Kaynak (1998). [Optical Recognition of Handwritten Digits](https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits), UCI Machine Learning Repository: the digits; scikit-learn has its 1,797 test images.
